/** Whether this machine's keyboard has Cmd where others have Ctrl. */
export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const mac: Record<string, string> = { Ctrl: "⌘", Alt: "⌥", Shift: "⇧", Enter: "↵", Backspace: "⌫" };
const arrows: Record<string, string> = { Up: "↑", Down: "↓", Left: "←", Right: "→" };

/** "Ctrl+Shift+Z" as the keys are named here, one by one. */
export function keyNames(keys: string, onMac = isMac): string[] {
  return keys.split(/(?<=.)\+/).map((key) => (onMac ? mac[key] : undefined) ?? arrows[key] ?? key);
}
