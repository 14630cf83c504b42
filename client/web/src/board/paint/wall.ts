/** The resting board, square by square: dots, areas, hulls, connectors, notes. */
import type { ID, Ref } from "../../protocol.gen";
import { grown, meet } from "../boxes";
import { curveBetween } from "../curve";
import { byFront, reach, type Scene } from "../scene";
import type { Theme } from "../theme";
import type { Box } from "../types";
import { drawArea, type Pen } from "./areas";
import { fillHull, lineHull } from "./clusters";
import { drawConnector } from "./connectors";
import type { NotePainter } from "./notes";
import type { Context } from "./surface";

/** What of the scene is drawn elsewhere or otherwise now. */
export interface Away {
  /** drawn live or by the editor */
  note(id: ID): boolean;
  /** its line is drawn live */
  hull(id: ID): boolean;
  connector(id: ID): boolean;
  litRing: Ref;
  litCluster: Ref;
}

const dotGrid = 22;

export class WallPainter {
  constructor(
    readonly scene: Scene,
    readonly theme: Theme,
    readonly notes: NotePainter,
    readonly px: number,
    readonly away: Away,
  ) {}

  /** Draws a square of `size` pixels whose left top is device pixel (x, y) of the board at scale s, and stops after each note. */
  *tile(c: Context, s: number, x: number, y: number, size: number): Generator<void> {
    const pen: Pen = { c, s, px: this.px, ox: x, oy: y };
    const box: Box = { x: x / s, y: y / s, w: size / s, h: size / s };
    c.setTransform(1, 0, 0, 1, 0, 0);
    this.#ground(pen, size);
    this.#areas(pen, box);
    for (const [id, shape] of this.scene.hulls) {
      if (!meet(grown(shape.box, reach), box)) continue;
      fillHull(pen, this.theme, shape, id === this.away.litCluster);
      if (!this.away.hull(id)) lineHull(pen, this.theme, shape, "edge");
    }
    this.#connectors(pen, box);
    const near = this.scene.grid.in(grown(box, reach));
    const here = near.flatMap((id) => (this.away.note(id) ? [] : (this.scene.notes.get(id) ?? []))).sort(byFront);
    for (const note of here) {
      this.notes.draw(c, note, Math.round(note.box.x * s) - x, Math.round(note.box.y * s) - y, s);
      yield;
    }
  }

  /** The same square while there is no tile of it: areas, hulls without their line, notes as plain rectangles. */
  placeholder(c: Context, s: number, x: number, y: number, size: number): void {
    const pen: Pen = { c, s, px: this.px, ox: x, oy: y };
    const box: Box = { x: x / s, y: y / s, w: size / s, h: size / s };
    c.fillStyle = this.theme.canvas;
    c.fillRect(0, 0, size, size);
    this.#areas(pen, box);
    for (const [id, shape] of this.scene.hulls) {
      if (meet(shape.box, box)) fillHull(pen, this.theme, shape, id === this.away.litCluster);
    }
    const near = this.scene.grid.in(box);
    for (const id of near) {
      const note = this.scene.notes.get(id);
      if (!note || this.away.note(id)) continue;
      c.fillStyle = this.theme.paper(note.face.colour);
      c.fillRect(note.box.x * s - x, note.box.y * s - y, note.box.w * s, note.box.h * s);
    }
  }

  #areas(pen: Pen, box: Box): void {
    for (const area of this.scene.areas()) {
      const at = this.scene.areaBox(area.id);
      if (at && meet(grown(at, reach), box)) drawArea(pen, this.theme, area, this.away.litRing);
    }
  }

  #ground(pen: Pen, size: number): void {
    const { c, s, px } = pen;
    c.fillStyle = this.theme.canvas;
    c.fillRect(0, 0, size, size);
    const ground = this.scene.wall.cover.background;
    if (ground === "plain") return;
    // Further away the grid thins out, so that dots stay 16 to 32 px apart.
    let step = dotGrid * s;
    while (step < 16 * px) step *= 2;
    while (step > 44 * px) step /= 2;
    const dot = Math.max(1, Math.round(px));
    c.fillStyle = this.theme.dot;
    c.beginPath();
    for (let j = Math.floor(pen.oy / step); j * step < pen.oy + size; j++) {
      const y = Math.round(j * step - pen.oy);
      if (ground === "lines") {
        if (j % 2 === 0) c.rect(0, y, size, dot);
        continue;
      }
      for (let i = Math.floor(pen.ox / step); i * step < pen.ox + size; i++) {
        c.rect(Math.round(i * step - pen.ox), y, dot, dot);
      }
    }
    c.fill();
  }

  #connectors(pen: Pen, box: Box): void {
    for (const id of this.scene.connectors) {
      if (this.away.connector(id)) continue;
      const at = this.scene.connectorBox(id);
      const ends = at && meet(at, box) ? this.scene.endsOf(id) : undefined;
      if (!ends) continue;
      const label = this.scene.wall.connectors.get(id)?.label ?? "";
      drawConnector(pen, this.theme, curveBetween(ends.from.box, ends.to.box), label, false);
    }
  }
}
