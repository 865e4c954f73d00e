/** Nobody can tell at the moment who is asking: what that takes is out of reach. Never to be read as a yes. */
export class SignInUnavailable extends Error {
  override name = 'SignInUnavailable';
}
