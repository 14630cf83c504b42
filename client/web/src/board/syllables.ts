/**
 * Where a long word may be broken with a hyphen. A rule, not a dictionary: the next syllable begins with one consonant, or
 * with a pair that is spoken as one. It is right for most words of Dutch, German and English, and small enough for a page
 * that must open in a second; a canvas has no hyphenation of its own.
 */

const vowel = "aeiouyàáâäãåèéêëìíîïòóôöõùúûüýÿœæø";
const nucleus = new RegExp(`[${vowel}]+`, "gi");
/** what a syllable begins with besides one consonant */
const onset = /(?:sch|ch|th|ph|qu|[bcdfgkptvw]r|[bcfgkpv]l)$/i;
/** letters that stay together at either end of a word */
const least = 3;
const latin = /^[\p{Script=Latin}\p{M}]+$/u;

/** A word in the parts that it may be broken into; the word alone if it may not. */
export function syllables(word: string): string[] {
  const core = /[\p{L}\p{M}]+/u.exec(word);
  if (!core || !latin.test(core[0])) return [word];
  const letters = core[0];
  const parts: string[] = [];
  let from = 0;
  const nuclei = [...letters.matchAll(nucleus)];
  for (let i = 0; i + 1 < nuclei.length; i++) {
    const [here, next] = [nuclei[i], nuclei[i + 1]];
    if (!here || !next) continue;
    const between = letters.slice(here.index + here[0].length, next.index);
    const cut = next.index - (onset.exec(between)?.[0].length ?? 1);
    if (cut - from < least || letters.length - cut < least) continue;
    parts.push(letters.slice(from, cut));
    from = cut;
  }
  parts.push(letters.slice(from));
  parts[0] = word.slice(0, core.index) + parts[0];
  parts[parts.length - 1] += word.slice(core.index + letters.length);
  return parts;
}
