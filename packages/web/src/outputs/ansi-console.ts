/**
 * A console as text with colours: what a terminal would show, reduced to lines.
 *
 * Of escape sequences only SGR (colours, weight) and OSC 8 links to http(s) are kept; everything else (titles, cursor
 * moves, device reports) is swallowed. A carriage return moves to the line's start and a backspace one back, so that
 * progress bars redraw themselves. It takes text piece by piece, each character once, and holds bounded state whatever
 * it is fed. Where it is cut, because something else is shown between, the line ends, and nothing that comes later
 * changes what stands above; colours go on. It knows nothing of React; console-view.tsx makes nodes of its lines, as
 * text.
 */
import type { ConsoleText } from '@rnb/protocol';

export interface TextStyle {
  /** A CSS class for the 16 named colours, or a CSS colour. */
  readonly color?: string;
  readonly background?: string;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
  readonly link?: string;
}

export interface Span {
  readonly text: string;
  readonly style: TextStyle;
}

export interface ConsoleLine {
  readonly stream: ConsoleText['stream'];
  readonly spans: readonly Span[];
}

export const maxLineLength = 20_000;
const maxSequenceLength = 2_048;
const plain: TextStyle = {};
/** A line that is text to its end. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const textLine = /([^\x00-\x1f\x7f-\x9f]*)\n/y;

const colorNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

type Mode = 'text' | 'escape' | 'csi' | 'osc' | 'ignored' | 'charset';

export function openAnsiConsole() {
  let lines: ConsoleLine[] = [];
  const passages: (readonly ConsoleLine[])[] = [];
  /** The line before the cut had no line break; one that comes now has nothing to end. */
  let cutInLine = false;
  let characters: string[] = [];
  let styles: TextStyle[] = [];
  let stream: ConsoleText['stream'] = 'stdout';
  let column = 0;
  let style = plain;
  let mode: Mode = 'text';
  let sequence = '';

  function endLine() {
    lines.push({ stream, spans: spansOf(characters, styles) });
    characters = [];
    styles = [];
    column = 0;
  }

  function put(character: string) {
    if (column >= maxLineLength) return;
    cutInLine = false;
    while (characters.length < column) {
      characters.push(' ');
      styles.push(plain);
    }
    characters[column] = character;
    styles[column] = style;
    column += 1;
  }

  function collect(character: string) {
    if (sequence.length < maxSequenceLength) sequence += character;
  }

  function control(character: string) {
    if (character === '\n') {
      if (!cutInLine) endLine();
      cutInLine = false;
    } else if (character === '\r') column = 0;
    else if (character === '\b') column = Math.max(0, column - 1);
    else if (character === '\t')
      do put(' ');
      while (column % 8 !== 0 && column < maxLineLength);
    else if (character === '\x1b') mode = 'escape';
  }

  function read(character: string) {
    switch (mode) {
      case 'text':
        if (isControl(character)) control(character);
        else put(character);
        return;
      case 'escape':
        sequence = '';
        if (character === '[') mode = 'csi';
        else if (character === ']') mode = 'osc';
        else if ('PX^_'.includes(character)) mode = 'ignored';
        else if ('()*+#% '.includes(character)) mode = 'charset';
        else mode = character === '\x1b' ? 'escape' : 'text';
        return;
      case 'charset':
        mode = 'text';
        return;
      case 'csi':
        if (character === '\x1b') mode = 'escape';
        else if (character >= '@' && character <= '~') {
          mode = 'text';
          if (character === 'm') style = applySgr(style, sequence);
          else if (character === 'K' && column < characters.length) eraseToEnd();
        } else if (isControl(character)) {
          // A control inside a sequence does its work and ends it: broken input must not eat the lines after it.
          mode = 'text';
          control(character);
        } else collect(character);
        return;
      case 'osc':
      case 'ignored':
        if (character === '\x07' || character === '\x1b' || character === '\x9c') {
          if (mode === 'osc') style = applyLink(style, sequence);
          mode = character === '\x1b' ? 'escape' : 'text';
        } else if (character === '\n') {
          mode = 'text';
          endLine();
        } else collect(character);
    }
  }

  function linesSoFar(): readonly ConsoleLine[] {
    if (characters.length === 0) return lines.slice();
    return [...lines, { stream, spans: spansOf(characters, styles) }];
  }

  function eraseToEnd() {
    characters.length = column;
    styles.length = column;
  }

  return {
    write(chunk: ConsoleText): void {
      if (chunk.stream !== stream) {
        if (characters.length > 0) endLine();
        stream = chunk.stream;
      }
      const { text } = chunk;
      let at = 0;
      while (at < text.length) {
        const whole = mode === 'text' && characters.length === 0 && column === 0 && !cutInLine;
        const line = whole ? textLineAt(text, at) : null;
        if (line === null) {
          const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
          read(character);
          at += character.length;
        } else {
          // Most lines: no need to look at each character.
          lines.push({ stream, spans: line === '' ? [] : [{ text: line, style }] });
          at += line.length + 1;
        }
      }
    },
    /** Ends a passage, and the next begins. */
    cut(): void {
      cutInLine = characters.length > 0;
      if (cutInLine) endLine();
      passages.push(lines);
      lines = [];
    },
    /** The lines of the last passage so far; the last may still change. */
    lines: linesSoFar,
    /** The lines of all passages; only those of the last may still change. */
    passages(): readonly (readonly ConsoleLine[])[] {
      return [...passages, linesSoFar()];
    },
  };
}

/** The text of the line that starts there, if it is nothing but text, is not too long and has an end. */
function textLineAt(text: string, at: number): string | null {
  textLine.lastIndex = at;
  const line = textLine.exec(text)?.[1];
  return line === undefined || line.length > maxLineLength ? null : line;
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function spansOf(characters: readonly string[], styles: readonly TextStyle[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (let end = 1; end <= characters.length; end++) {
    if (end < characters.length && styles[end] === styles[start]) continue;
    spans.push({ text: characters.slice(start, end).join(''), style: styles[start] ?? plain });
    start = end;
  }
  return spans;
}

function applyLink(style: TextStyle, sequence: string): TextStyle {
  const target = /^8;[^;]*;(.*)$/s.exec(sequence)?.[1];
  if (target === undefined) return style;
  const { link: _, ...rest } = style;
  return /^https?:\/\/\S+$/i.test(target) ? { ...rest, link: target } : rest;
}

/** ECMA-48 "select graphic rendition", as xterm has extended it. */
function applySgr(style: TextStyle, sequence: string): TextStyle {
  if (!/^[\d;:]*$/.test(sequence)) return style;
  const codes = sequence.split(/[;:]/).map(Number);
  let next: { -readonly [K in keyof TextStyle]: TextStyle[K] } = { ...style };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 0) next = style.link ? { link: style.link } : {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 9) next.strike = true;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code === 23) delete next.italic;
    else if (code === 24) delete next.underline;
    else if (code === 27) delete next.inverse;
    else if (code === 29) delete next.strike;
    else if (code >= 30 && code <= 37) next.color = named(code - 30);
    else if (code >= 90 && code <= 97) next.color = named(code - 90 + 8);
    else if (code >= 40 && code <= 47) next.background = named(code - 40);
    else if (code >= 100 && code <= 107) next.background = named(code - 100 + 8);
    else if (code === 39) delete next.color;
    else if (code === 49) delete next.background;
    else if (code === 38 || code === 48) {
      const key = code === 38 ? 'color' : 'background';
      if (codes[i + 1] === 5) {
        next[key] = indexed(codes[i + 2] ?? 0);
        i += 2;
      } else if (codes[i + 1] === 2) {
        const rgb = codes.slice(i + 2, i + 5).map((part) => Math.min(part, 255));
        next[key] = `rgb(${rgb.join(' ')})`;
        i += 4;
      }
    }
  }
  return next;
}

function named(index: number): string {
  return `var(--ansi-${index >= 8 ? 'bright-' : ''}${colorNames[index % 8] ?? 'white'})`;
}

/** The 256 colours of xterm: 16 named, a cube of 6 × 6 × 6, 24 greys. */
function indexed(index: number): string {
  if (index < 16) return named(index);
  if (index >= 232) {
    const grey = 8 + (Math.min(index, 255) - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}
