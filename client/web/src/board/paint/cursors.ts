/** Others' pointers: an arrow in their ink and a tag with pattern and first name. Sizes are in CSS pixels. */
import type { Face } from "../../model";
import { fontFamily } from "../text";
import type { Theme } from "../theme";
import { type Context, fillPattern, icon, type Patterns, roundRect, type Surface, surface } from "./surface";

export interface Tag {
  name: string;
  face: Face;
  /** behind the name: that they type */
  typing: string;
  facilitator: boolean;
  /** only the arrow and the pattern */
  small: boolean;
}

const tagHeight = 21;
const patternWidth = 16;
const arrow = new Path2D("M1.5 1.5L6.8 16.6L9.3 10.4L15.6 7.6Z");

export class Cursors {
  readonly #theme: Theme;
  readonly #px: number;
  readonly #patterns: Patterns;
  readonly #kept = new Map<string, Surface>();

  constructor(theme: Theme, px: number, patterns: Patterns) {
    this.#theme = theme;
    this.#px = px;
    this.#patterns = patterns;
  }

  forget(): void {
    this.#kept.clear();
  }

  /** Draws a pointer with its tip at x, y (device pixels). */
  draw(c: Context, tag: Tag, x: number, y: number): void {
    const key = `${tag.name}|${tag.face.colour}.${tag.face.pattern}|${tag.typing}|${tag.facilitator}|${tag.small}`;
    const { canvas } = this.#keep(key, () => this.#make(tag));
    c.drawImage(canvas, Math.round(x - 3 * this.#px), Math.round(y - 3 * this.#px));
  }

  /** Draws how many are here, its centre at x, y (device pixels): dark, since it is no label of the board's own. */
  drawCrowd(c: Context, said: string, x: number, y: number): void {
    const { canvas } = this.#keep(`crowd|${said}`, () => this.#makeCrowd(said));
    c.drawImage(canvas, Math.round(x - canvas.width / 2), Math.round(y - canvas.height / 2));
  }

  #keep(key: string, make: () => Surface): Surface {
    let kept = this.#kept.get(key);
    if (!kept) {
      if (this.#kept.size > 400) this.#kept.clear();
      kept = make();
      this.#kept.set(key, kept);
    }
    return kept;
  }

  #makeCrowd(said: string): Surface {
    const font = `620 13px ${fontFamily}`;
    const measure = surface(1, 1).context;
    measure.font = font;
    const w = measure.measureText(said).width + 24;
    const h = 28;
    const made = surface((w + 2) * this.#px, (h + 2) * this.#px);
    const c = made.context;
    c.scale(this.#px, this.#px);
    roundRect(c, 1, 1, w, h, 9);
    c.fillStyle = this.#theme.text;
    c.fill();
    c.strokeStyle = this.#theme.surface;
    c.stroke();
    c.fillStyle = this.#theme.surface;
    c.font = font;
    c.textBaseline = "middle";
    c.textAlign = "center";
    c.fillText(said, 1 + w / 2, 1.5 + h / 2);
    return made;
  }

  #make(tag: Tag): Surface {
    const px = this.#px;
    const bold = `620 13px ${fontFamily}`;
    const plain = `520 13px ${fontFamily}`;
    const measure = surface(1, 1).context;
    measure.font = bold;
    const nameWidth = tag.small ? 0 : measure.measureText(tag.name).width;
    measure.font = plain;
    const typingWidth = tag.small || !tag.typing ? 0 : measure.measureText(` ${tag.typing}`).width;
    const sign = tag.facilitator && !tag.small ? 20 : 0;
    const w = tag.small ? patternWidth : patternWidth + 6 + nameWidth + typingWidth + sign + 10;
    const made = surface((w + 24) * px, (tagHeight + 24) * px);
    const c = made.context;
    c.scale(px, px);
    c.translate(1.5, 1.5);
    c.lineJoin = "round";
    c.strokeStyle = this.#theme.forced ? "Canvas" : "#ffffff";
    c.lineWidth = 3;
    c.stroke(arrow);
    c.fillStyle = this.#theme.ink(tag.face.colour);
    c.fill(arrow);
    const left = 14;
    const top = 15;
    c.save();
    roundRect(c, left, top, w, tagHeight, tag.small ? 5 : tagHeight / 2);
    if (!tag.small) c.roundRect(left, top, 20, tagHeight, [5, 0, 0, 5]);
    c.clip();
    c.fillStyle = this.#theme.paper(tag.face.colour);
    c.fillRect(left, top, w, tagHeight);
    c.fillStyle = this.#theme.strip(tag.face.colour);
    c.fillRect(left, top, patternWidth, tagHeight);
    const pattern = this.#patterns.get(c, tag.face.colour, tag.face.pattern, px * 0.8);
    c.translate(left, top);
    c.scale(1 / px, 1 / px);
    fillPattern(c, pattern, 0, 0, patternWidth * px, tagHeight * px);
    c.restore();
    if (this.#theme.forced) {
      c.strokeStyle = this.#theme.text;
      c.lineWidth = 1;
      roundRect(c, left + 0.5, top + 0.5, w - 1, tagHeight - 1, 5);
      c.stroke();
    }
    if (tag.small) return made;
    c.fillStyle = this.#theme.noteText;
    c.textBaseline = "middle";
    c.font = bold;
    const middle = top + tagHeight / 2 + 0.5;
    c.fillText(tag.name, left + patternWidth + 6, middle);
    c.font = plain;
    if (tag.typing) c.fillText(` ${tag.typing}`, left + patternWidth + 6 + nameWidth, middle);
    if (sign) icon(c, "megaphone", left + w - 24, top + 3.5, 14, this.#theme.noteText);
    return made;
  }
}
