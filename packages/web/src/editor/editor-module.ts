import { lateModule } from '../shell/late-module.ts';

/** The editor is a third of the page's code, and nothing on the first screen needs it. */
export const editorModule = lateModule(() => import('./live-editor.tsx'));
