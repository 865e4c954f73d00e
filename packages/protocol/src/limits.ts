/** Bounds that both ends of a wire must agree on. A server may set lower ones for kernels through its settings. */
export const limits = {
  /** Characters of source in one cell. */
  maxCellSourceLength: 1_000_000,
  maxCellsPerNotebook: 10_000,
  maxTitleLength: 200,
  /** Of a notebook's document as it is stored and sent: its text, whatever else lies in it, and what edits leave behind. */
  maxDocumentBytes: 64 * 1024 * 1024,
  /** One HTTP request body. */
  maxRequestBytes: 4 * 1024 * 1024,
  /** One socket frame from a client; a 1 MB cell pasted at once must fit. */
  maxClientFrameBytes: 4 * 1024 * 1024,
  /** Socket bytes and frames accepted before the hello has been verified. */
  maxUnauthenticatedBytes: 64 * 1024,
  helloTimeoutMs: 5_000,
  /** Text that one run of a cell may print, in characters of stdout and stderr together. */
  maxConsoleLength: 1_000_000,
  /** One MIME bundle, as JSON. */
  maxBundleBytes: 8 * 1024 * 1024,
  /** All MIME bundles of one run together, as JSON. */
  maxOutputBytes: 16 * 1024 * 1024,
  maxOutputsPerRun: 1_000,
  /** One page of table rows. */
  maxPageRows: 1_000,
} as const;
