export { createDocument, emptyDocument } from './create-document.ts';
export { demoCells, demoTitle } from './demo.ts';
export { newDoc } from './new-doc.ts';
export type { DocumentCell, DocumentChange, NotebookDocument } from './notebook.ts';
export { openDocument } from './open-document.ts';
