/** With the next picture; a page that is not seen has none, so a little later at the latest. */

/** ms */
const latest = 100;

/** Returns a function that runs `run` once for all its calls until the next picture. */
function oncePerPicture(run: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    const once = () => {
      if (!asked) return;
      asked = false;
      clearTimeout(timer);
      cancelAnimationFrame(picture);
      run();
    };
    const timer = setTimeout(once, latest);
    const picture = requestAnimationFrame(once);
  };
}

/** Runs with the next picture whatever asked to, in order. */
export function pictures(): (run: () => void) => void {
  let asked: (() => void)[] = [];
  const ask = oncePerPicture(() => {
    const all = asked;
    asked = [];
    for (const run of all) run();
  });
  return (run) => {
    asked.push(run);
    ask();
  };
}
