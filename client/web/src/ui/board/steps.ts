/** The arrow keys: they move what is chosen, or the board; with Ctrl they go to what lies near. */
import type { Command } from "./command";
import type { Desk } from "./desk.svelte";

export const onBoard = (d: Desk) => d.view !== undefined;
export const writes = (d: Desk) => onBoard(d) && d.canWrite;

const step = (dx: number, dy: number) => (d: Desk) => {
  if (writes(d) && (d.subject.length > 0 || d.clusters.length > 0)) d.nudge(dx, dy);
  else d.view?.panBy(-dx * 10, -dy * 10);
};

/** To another object with the keyboard. What was gathered with the space bar stays chosen; else the next key is about it. */
export const walk = (to: (d: Desk) => boolean) => (d: Desk) => {
  if (!to(d)) return false;
  if (!d.gathering) d.select([]);
  const { focused } = d.focus;
  if (focused) d.show([focused.id]);
  return true;
};

export const steps: readonly Command[] = [
  { id: "up", label: "wall.key.step", group: "arrange", keys: ["Up"], keyOnly: true, when: onBoard, run: step(0, -8) },
  {
    id: "down",
    label: "wall.key.step",
    group: "arrange",
    keys: ["Down"],
    keyOnly: true,
    when: onBoard,
    run: step(0, 8),
  },
  {
    id: "left",
    label: "wall.key.step",
    group: "arrange",
    keys: ["Left"],
    keyOnly: true,
    when: onBoard,
    run: step(-8, 0),
  },
  {
    id: "right",
    label: "wall.key.step",
    group: "arrange",
    keys: ["Right"],
    keyOnly: true,
    when: onBoard,
    run: step(8, 0),
  },
  {
    id: "farUp",
    label: "wall.key.leap",
    group: "arrange",
    keys: ["Shift+Up"],
    keyOnly: true,
    when: onBoard,
    run: step(0, -80),
  },
  {
    id: "farDown",
    label: "wall.key.leap",
    group: "arrange",
    keys: ["Shift+Down"],
    keyOnly: true,
    when: onBoard,
    run: step(0, 80),
  },
  {
    id: "farLeft",
    label: "wall.key.leap",
    group: "arrange",
    keys: ["Shift+Left"],
    keyOnly: true,
    when: onBoard,
    run: step(-80, 0),
  },
  {
    id: "farRight",
    label: "wall.key.leap",
    group: "arrange",
    keys: ["Shift+Right"],
    keyOnly: true,
    when: onBoard,
    run: step(80, 0),
  },
];

export const nearby: readonly Command[] = [
  {
    id: "nearUp",
    label: "wall.key.near",
    group: "choose",
    keys: ["Ctrl+Up"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.spatial("up")),
  },
  {
    id: "nearDown",
    label: "wall.key.near",
    group: "choose",
    keys: ["Ctrl+Down"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.spatial("down")),
  },
  {
    id: "nearLeft",
    label: "wall.key.near",
    group: "choose",
    keys: ["Ctrl+Left"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.spatial("left")),
  },
  {
    id: "nearRight",
    label: "wall.key.near",
    group: "choose",
    keys: ["Ctrl+Right"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.spatial("right")),
  },
];
