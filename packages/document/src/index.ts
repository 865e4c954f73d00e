export * from './notebook.ts';
