// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const breaks = /\r\n|[\r\u000b\u000c\u0085]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const others = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;

/**
 * A text as it may stand in a note, of one that comes from a keyboard or another program: what breaks a line there (the
 * vertical tab of slides, a form feed) breaks it here, other control characters go.
 */
export function plain(s: string): string {
  return s.replace(breaks, "\n").replace(others, "");
}
