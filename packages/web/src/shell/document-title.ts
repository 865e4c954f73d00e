import { useEffect } from 'react';

export function useDocumentTitle(title: string) {
  useEffect(() => {
    document.title = title === '' ? 'Reactive Notebook' : `${title} · Reactive Notebook`;
  }, [title]);
}
