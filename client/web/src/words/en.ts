/**
 * Everything the page says, in English; the keys of nl.ts are checked against these. Flat keys, prefixed by area; each
 * area has its own section. `{name}` is filled in, `{n}` also chooses between one and other.
 */
export type Message = string | { readonly one: string; readonly other: string };

export const en = {
  // ---- everywhere
  "app.name": "Denkwand",
  "app.tagline": "A wall to think on together",
  "app.close": "Close",
  "app.back": "Back",
  "app.cancel": "Cancel",
  "app.copy": "Copy",
  "app.copied": "Copied",
  "app.print": "Print",
  "app.saveFile": "Save as a file",
  "app.more": "More",
  "app.code": "Code {code}",
  "app.loading": "Loading…",
  "app.toHome": "To the start page",
  "app.retry": "Try again",
  "app.language": "Language",
  "app.nl": "Nederlands",
  "app.en": "English",
  "app.theme": "Appearance",
  "app.theme.system": "As this device",
  "app.theme.light": "Light",
  "app.theme.dark": "Dark",

  // ---- people, roles, colours and patterns
  "role.none": "no access",
  "role.viewer": "viewer",
  "role.contributor": "participant",
  "role.facilitator": "facilitator",
  "role.owner": "owner",
  "colour.1": "Yellow",
  "colour.2": "Blue",
  "colour.3": "Coral",
  "colour.4": "Green",
  "colour.5": "Lilac",
  "colour.6": "Ochre",
  "colour.7": "Aqua",
  "colour.8": "Sand",
  "pattern.1": "dots",
  "pattern.2": "slanted lines",
  "pattern.3": "checks",
  "pattern.4": "waves",
  "pattern.5": "pluses",
  "pattern.6": "level lines",
  "pattern.7": "triangles",
  "pattern.8": "rings",
} as const satisfies Record<string, Message>;
