/**
 * Every command of the board, once: what drives the keyboard, the palette and the list of keys. A command without keys is
 * for the palette alone.
 */
import { isSingle, type Press, pressed } from "./chords";
import type { Command } from "./command";
import type { Desk } from "./desk.svelte";
import { nearby, onBoard, steps, walk, writes } from "./steps";

const hasNotes = (d: Desk) => writes(d) && d.subject.length > 0;
const oneCluster = (d: Desk) => writes(d) && d.clusters.length === 1 && d.subject.length === 0;
const inCluster = (d: Desk) => hasNotes(d) && d.subject.some((id) => d.session.wall.notes.get(id)?.cluster);

const undoing = (d: Desk) => d.canWrite && d.work.canUndo;
const redoing = (d: Desk) => d.canWrite && d.work.canRedo;

function open(panel: NonNullable<Desk["panel"]>): (d: Desk) => void {
  return (d) => {
    d.stopWriting();
    d.panel = panel;
  };
}

export const commands: readonly Command[] = [
  // ---- writing
  {
    id: "note",
    label: "wall.key.note",
    group: "write",
    keys: ["N"],
    icon: "sticky-note",
    when: writes,
    run: (d) => d.createHere(),
  },
  {
    id: "write",
    label: "wall.key.write",
    group: "write",
    keys: ["Enter", "F2"],
    icon: "pencil",
    when: (d) => onBoard(d) && (d.underKeys !== undefined || d.session.wall.notes.size > 0),
    run: (d) => {
      const id = d.underKeys;
      if (!id) return d.focus.first();
      d.open(id);
      return true;
    },
  },
  {
    id: "read",
    label: "wall.key.read",
    group: "write",
    keys: [],
    icon: "file-text",
    when: (d) => onBoard(d) && d.onlyNote !== undefined,
    run: (d) => {
      d.reading = d.onlyNote?.id;
    },
  },
  {
    id: "undo",
    label: "wall.key.undo",
    group: "write",
    keys: ["Ctrl+Z"],
    icon: "undo-2",
    when: undoing,
    run: (d) => d.session.undo(),
  },
  {
    id: "redo",
    label: "wall.key.redo",
    group: "write",
    keys: ["Shift+Ctrl+Z", "Ctrl+Y"],
    icon: "redo-2",
    when: redoing,
    run: (d) => d.session.redo(),
  },
  {
    id: "remove",
    label: "wall.key.remove",
    group: "write",
    keys: ["Delete", "Backspace"],
    icon: "trash-2",
    when: (d) => writes(d) && (d.selection.size > 0 || d.subject.length > 0),
    run: (d) => d.remove(d.selection.size > 0 ? [...d.selection] : d.subject),
  },
  {
    id: "duplicate",
    label: "wall.key.duplicate",
    group: "write",
    keys: ["Ctrl+D"],
    icon: "copy",
    when: hasNotes,
    run: (d) => d.hold(d.acts.duplicate(d.subject)),
  },
  { id: "tags", label: "wall.key.tags", group: "write", keys: [], icon: "tag", when: hasNotes, run: open("tags") },

  // ---- arranging
  {
    id: "move",
    label: "wall.key.move",
    group: "arrange",
    keys: ["M"],
    icon: "move",
    when: hasNotes,
    run: open("move"),
  },
  {
    id: "cluster",
    label: "wall.key.cluster",
    group: "arrange",
    keys: ["G", "Ctrl+G"],
    icon: "group",
    when: (d) => writes(d) && d.subject.length > 1,
    run: (d) => d.cluster(),
  },
  {
    id: "free",
    label: "wall.key.free",
    group: "arrange",
    keys: ["Shift+G", "Shift+Ctrl+G"],
    icon: "ungroup",
    when: inCluster,
    run: (d) => d.acts.free(d.subject),
  },
  {
    id: "name",
    label: "wall.key.name",
    group: "arrange",
    keys: [],
    icon: "pencil",
    when: oneCluster,
    run: (d) => d.name(d.clusters[0]!),
  },
  {
    id: "dissolve",
    label: "wall.key.dissolve",
    group: "arrange",
    keys: [],
    icon: "ungroup",
    when: oneCluster,
    run: (d) => {
      const [cluster] = d.clusters;
      if (cluster) d.acts.dissolve(cluster);
      d.select([]);
    },
  },
  {
    id: "merge",
    label: "wall.key.merge",
    group: "arrange",
    keys: [],
    icon: "group",
    when: (d) => oneCluster(d) && d.session.wall.clusters.size > 1,
    run: open("merge"),
  },
  {
    id: "connect",
    label: "wall.key.connect",
    group: "arrange",
    keys: ["C"],
    icon: "spline",
    when: writes,
    run: (d) => {
      d.tool = "connect";
    },
  },
  {
    id: "front",
    label: "wall.key.front",
    group: "arrange",
    keys: [],
    icon: "bring-to-front",
    when: hasNotes,
    run: (d) => d.acts.front(d.subject),
  },
  {
    id: "back",
    label: "wall.key.back",
    group: "arrange",
    keys: [],
    icon: "send-to-back",
    when: hasNotes,
    run: (d) => d.acts.back(d.subject),
  },
  ...steps,
  {
    id: "arrange",
    label: "wall.key.arrange",
    group: "arrange",
    keys: [],
    icon: "target",
    when: (d) => writes(d) && d.leads,
    run: (d) => {
      d.arranging = !d.arranging;
    },
  },

  // ---- choosing
  {
    id: "next",
    label: "wall.key.next",
    group: "choose",
    keys: ["Tab"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.next()),
  },
  {
    id: "previous",
    label: "wall.key.previous",
    group: "choose",
    keys: ["Shift+Tab"],
    keyOnly: true,
    when: onBoard,
    run: walk((d) => d.focus.previous()),
  },
  ...nearby,
  {
    id: "more",
    label: "wall.key.more",
    group: "choose",
    keys: ["Space"],
    keyOnly: true,
    when: (d) => onBoard(d) && d.focus.note !== undefined,
    run: (d) => {
      const { note } = d.focus;
      if (!note) return false;
      d.gather(note);
      return true;
    },
  },
  {
    id: "all",
    label: "wall.key.all",
    group: "choose",
    keys: ["Ctrl+A"],
    when: onBoard,
    run: (d) => d.select(d.session.wall.notes.keys()),
  },
  { id: "escape", label: "wall.key.escape", group: "choose", keys: ["Esc"], keyOnly: true, run: (d) => d.escape() },
  {
    id: "select",
    label: "wall.key.select",
    group: "choose",
    keys: ["V"],
    icon: "mouse-pointer-2",
    when: onBoard,
    run: (d) => {
      d.tool = "select";
    },
  },

  // ---- looking
  {
    id: "whole",
    label: "wall.key.whole",
    group: "look",
    keys: ["1", "Shift+1"],
    icon: "maximize",
    when: onBoard,
    run: (d) => d.view?.fit(),
  },
  {
    id: "zoomSelection",
    label: "wall.key.zoomSelection",
    group: "look",
    keys: ["2", "Shift+2"],
    icon: "scan",
    when: (d) => onBoard(d) && d.selection.size > 0,
    run: (d) => d.view?.zoomToSelection(),
  },
  {
    id: "hundred",
    label: "wall.key.hundred",
    group: "look",
    keys: ["0", "Ctrl+0"],
    when: onBoard,
    run: (d) => d.view?.zoomTo(1),
  },
  {
    id: "in",
    label: "wall.key.in",
    group: "look",
    keys: ["Ctrl+Plus", "Ctrl+="],
    icon: "zoom-in",
    when: onBoard,
    run: (d) => d.view?.zoomBy(1.25, undefined, undefined, true),
  },
  {
    id: "out",
    label: "wall.key.out",
    group: "look",
    keys: ["Ctrl+-"],
    icon: "zoom-out",
    when: onBoard,
    run: (d) => d.view?.zoomBy(0.8, undefined, undefined, true),
  },
  {
    id: "hand",
    label: "wall.key.hand",
    group: "look",
    keys: ["H"],
    icon: "hand",
    when: onBoard,
    run: (d) => {
      d.tool = "hand";
    },
  },
  {
    id: "follow",
    label: "wall.key.follow",
    group: "look",
    keys: ["F"],
    icon: "users",
    when: onBoard,
    run: (d) => {
      if (d.person || d.following) d.follow(d.person);
      else open("people")(d);
    },
  },
  {
    id: "minimap",
    label: "wall.key.minimap",
    group: "look",
    keys: [],
    icon: "map",
    when: onBoard,
    run: (d) => {
      d.minimap = !d.minimap;
    },
  },
  {
    id: "search",
    label: "wall.key.search",
    group: "look",
    keys: ["Ctrl+F"],
    icon: "search",
    when: onBoard,
    run: open("search"),
  },

  // ---- the page
  {
    id: "palette",
    label: "wall.key.palette",
    group: "page",
    keys: ["/", "Ctrl+K"],
    keyOnly: true,
    run: open("palette"),
  },
  {
    id: "list",
    label: "wall.key.list",
    group: "page",
    keys: ["L"],
    icon: "list",
    run: (d) => d.go(onBoard(d) ? "list" : "board"),
  },
  { id: "people", label: "wall.key.people", group: "page", keys: [], icon: "users", run: open("people") },
  {
    id: "share",
    label: "wall.key.share",
    group: "page",
    keys: [],
    icon: "share-2",
    when: (d) => d.leads,
    run: open("share"),
  },
  {
    id: "setup",
    label: "wall.key.setup",
    group: "page",
    keys: [],
    icon: "settings-2",
    when: (d) => d.leads,
    run: open("setup"),
  },
  { id: "outcome", label: "wall.key.outcome", group: "page", keys: [], icon: "table", run: (d) => d.go("outcome") },
  { id: "past", label: "wall.key.past", group: "page", keys: [], icon: "history", run: (d) => d.go("past") },
  { id: "dutch", label: "app.nl", group: "page", keys: [], icon: "globe", run: (d) => d.speak("nl") },
  { id: "english", label: "app.en", group: "page", keys: [], icon: "globe", run: (d) => d.speak("en") },
  { id: "keys", label: "wall.key.keys", group: "page", keys: ["?"], icon: "keyboard", run: open("keys") },
];

/** The commands that a person can give now by name. */
export function offered(desk: Desk): Command[] {
  return commands.filter((c) => !c.keyOnly && (c.when?.(desk) ?? true));
}

/** What the pressed key is for now, or nothing. Of a key with two meanings the first that can be done counts. */
export function commandFor(press: Press, desk: Desk, mac: boolean): Command | undefined {
  return commands.find(
    (c) => c.keys.some((k) => (desk.singleKeys || !isSingle(k)) && pressed(k, press, mac)) && (c.when?.(desk) ?? true),
  );
}

/** The key to show beside a command. */
export function keyOf(id: string): string | undefined {
  return commands.find((c) => c.id === id)?.keys[0];
}
