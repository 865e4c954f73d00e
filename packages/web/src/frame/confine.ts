/**
 * Closes the one way out that the frame's policy leaves open in Chromium: WebRTC, which no directive that it knows
 * covers, and with which a STUN request carries data to any host. It runs before any output;
 * docs/untrusted-output.md says what remains open.
 *
 * This document's constructors are taken away for good. A nested document would bring fresh ones, if code could run
 * in it. It can't come from an address (`frame-src 'none'`), and this frame's code can't reach into it, as it has an
 * origin of its own; what is left is `srcdoc`. The frame's policy demands trusted types, so every text that is to
 * become markup or a `srcdoc` passes the default policy made here, which can be made only once.
 *
 * Code of a notebook shares this realm and may replace every built-in, so the policy is made of syntax alone.
 */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: {
      createHTML(text: string, type: string, sink: string): string | null;
      createScript(text: string): string;
      createScriptURL(text: string): string;
    },
  ): unknown;
}

/**
 * Puts a character without width into `srcdoc`, and into what XML could hide it behind, an entity's declaration: prose
 * looks the same and a script still parses, but no attribute has that name any more.
 */
export function withoutNesting(markup: string): string {
  if (!holdsNesting(markup)) return markup;
  let result = '';
  for (let at = 0; at < markup.length; at += 1) {
    result += isNesting(markup, at) ? `${markup[at]}\u200c` : markup[at];
  }
  return result;
}

function holdsNesting(markup: string): boolean {
  for (let at = 0; at < markup.length; at += 1) if (isNesting(markup, at)) return true;
  return false;
}

function isNesting(markup: string, at: number): boolean {
  switch (markup[at]) {
    case 's':
    case 'S':
      return isWord(markup, at, 'srcdoc', 'SRCDOC');
    case '!':
      return isWord(markup, at, '!entity', '!ENTITY');
    default:
      return false;
  }
}

/** In either case of ASCII letters, as parsers of HTML compare. */
function isWord(text: string, at: number, small: string, capital: string): boolean {
  for (let step = 0; step < small.length; step += 1) {
    const character = text[at + step];
    if (character !== small[step] && character !== capital[step]) return false;
  }
  return true;
}

/** `page` is the frame's window, before anything of a notebook has run in it. */
export function confine(page: Window): void {
  // XSLT makes attributes whose names are computed.
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'XSLTProcessor']) {
    Object.defineProperty(page, name, { value: undefined, configurable: false, writable: false });
  }
  const { trustedTypes } = page as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', {
    createHTML: (markup, _, sink) => {
      switch (sink) {
        // A word written in two halves would pass; an output has its place in the page and need not write it.
        case 'Document write':
        case 'Document writeln':
        // Set by a name that no markup spells: the text is the nested page itself.
        case 'HTMLIFrameElement srcdoc':
          return null;
        default:
          return withoutNesting(markup);
      }
    },
    createScript: (code) => code,
    createScriptURL: (url) => url,
  });
}
