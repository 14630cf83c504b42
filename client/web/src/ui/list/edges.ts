/** The name of the shared definition of a pattern in the ink of a colour, both 1..8. */
export function edgePattern(colour: number, pattern: number): string {
  return `edge-${colour}-${((pattern - 1) % 8) + 1}`;
}
