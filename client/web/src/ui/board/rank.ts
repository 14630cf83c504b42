/** Ranking for the palette: how well what a person types names something. */

/** Lower case without accents, so that "cooperatie" finds "Coöperatie". */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * How well `query` fits `text`; 0 when it does not. Every word of the query must be found: at the start of the text, at the
 * start of a word, inside a word, or at last as letters in their order, of which at least two begin a word.
 */
export function score(query: string, text: string): number {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const into = plain(text);
  let sum = 0;
  for (const word of words) {
    const one = scoreWord(word, into);
    if (one === 0) return 0;
    sum += one;
  }
  return sum / words.length - Math.min(into.length, 200) / 1000;
}

function scoreWord(word: string, into: string): number {
  const at = into.indexOf(word);
  if (at === 0) return into.length === word.length ? 12 : 10;
  if (at > 0) {
    for (let from = at; from >= 0; from = into.indexOf(word, from + 1)) {
      if (!/[\p{L}\p{N}]/u.test(into[from - 1] ?? " ")) return 8;
    }
    return 5;
  }
  return scatter(word, into);
}

/** Letters in their order; a name of some length only, since in a long text everything is found so. */
function scatter(word: string, into: string): number {
  if (into.length > 80 || word.length < 2) return 0;
  let at = -1;
  let starts = 0;
  for (const letter of word) {
    at = into.indexOf(letter, at + 1);
    if (at < 0) return 0;
    if (at === 0 || into[at - 1] === " ") starts++;
  }
  return starts >= 2 ? 1 + starts / word.length : 0;
}

/** Those of `items` that fit, best first; equals keep their order. At most `most`. */
export function ranked<T>(query: string, items: readonly T[], text: (item: T) => string, most: number): T[] {
  return items
    .map((item, order) => ({ item, order, fit: score(query, text(item)) }))
    .filter((r) => r.fit > 0)
    .sort((a, b) => (query.trim() ? b.fit - a.fit : 0) || a.order - b.order)
    .slice(0, most)
    .map((r) => r.item);
}
