import type { ID, Op } from "../protocol.gen";
import { deleteArrows } from "./lives";
import type { Turn } from "./turn";
import type { Area } from "./types";

/** Does an op about areas or connectors; any other does nothing. */
export function rearrange(turn: Turn, op: Op): void {
  switch (op.kind) {
    case "area.create":
      if (turn.area(op.area)) return;
      turn.putArea(op.area, {
        id: op.area,
        form: op.form === "target" ? "target" : "frame",
        title: op.title ?? "",
        x: op.x,
        y: op.y,
        w: op.w ?? 0,
        h: op.h ?? 0,
        rings: op.rings ?? [],
        front: turn.stamp,
      });
      return;
    case "area.rename":
      change(turn, op.area, { title: op.title });
      return;
    case "area.move":
      change(turn, op.area, { x: op.x, y: op.y });
      return;
    case "area.resize":
      if (turn.area(op.area)?.form === "frame") change(turn, op.area, { x: op.x, y: op.y, w: op.w, h: op.h });
      return;
    case "area.rings":
      if (turn.area(op.area)?.form === "target") change(turn, op.area, { rings: op.rings });
      return;
    case "area.front":
      change(turn, op.area, { front: turn.stamp });
      return;
    case "area.back":
      change(turn, op.area, { front: -turn.stamp });
      return;
    case "area.delete":
      if (!turn.area(op.area)) return;
      deleteArrows(turn, op.area);
      turn.putArea(op.area, undefined);
      return;
    case "connector.create":
      if (turn.connector(op.connector) || !turn.endLives(op.from) || !turn.endLives(op.to)) return;
      turn.putConnector(op.connector, { id: op.connector, from: op.from, to: op.to, label: op.label ?? "" });
      return;
    case "connector.label": {
      const connector = turn.connector(op.connector);
      if (connector) turn.putConnector(op.connector, { ...connector, label: op.label });
      return;
    }
    case "connector.delete":
      if (turn.connector(op.connector)) turn.putConnector(op.connector, undefined);
  }
}

function change(turn: Turn, id: ID, to: Partial<Area>): void {
  const area = turn.area(id);
  if (area) turn.putArea(id, { ...area, ...to });
}
