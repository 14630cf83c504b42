import type { ID } from "../protocol.gen";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Returns a new id: 128 random bits. The last of the 22 letters holds only two of them, so it is one of AQgw. */
export function newID(): ID {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let out = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += letters.charAt((bits >> held) & 63);
    }
    bits &= (1 << held) - 1;
  }
  return (out + letters.charAt((bits << (6 - held)) & 63)) as ID;
}
