/** Rejects what waits for a kernel process that has ended. */
export class KernelGone extends Error {
  constructor(message = 'The kernel has ended.') {
    super(message);
    this.name = 'KernelGone';
  }
}
