/** Connectors between notes, with an arrow's head and a label on the line. */
import { type Curve, onCurve } from "../curve";
import { fontFamily } from "../text";
import type { Theme } from "../theme";
import type { Pen } from "./areas";
import { roundRect } from "./surface";

export function drawConnector(pen: Pen, theme: Theme, curve: Curve, label: string, chosen: boolean): void {
  const { c, s, px } = pen;
  const x = (at: { x: number }): number => at.x * s - pen.ox;
  const y = (at: { y: number }): number => at.y * s - pen.oy;
  const width = Math.max(px, 2 * s);
  const head = Math.max(5 * px, 11 * s);
  const angle = Math.atan2(curve.to.y - curve.bend.y, curve.to.x - curve.bend.x);
  const tip = { x: x(curve.to), y: y(curve.to) };
  const neck = { x: tip.x - Math.cos(angle) * head * 0.8, y: tip.y - Math.sin(angle) * head * 0.8 };
  c.strokeStyle = c.fillStyle = chosen ? theme.accent : theme.text2;
  c.lineWidth = width;
  c.lineCap = "round";
  c.beginPath();
  c.moveTo(x(curve.from), y(curve.from));
  c.quadraticCurveTo(x(curve.bend), y(curve.bend), neck.x, neck.y);
  c.stroke();
  c.beginPath();
  c.moveTo(tip.x, tip.y);
  for (const side of [-0.42, 0.42]) {
    c.lineTo(tip.x - Math.cos(angle + side) * head, tip.y - Math.sin(angle + side) * head);
  }
  c.closePath();
  c.fill();
  c.lineCap = "butt";
  if (label === "" || s / px < 0.3) return;
  const middle = onCurve(curve, 0.5);
  c.font = `520 ${13 * s}px ${fontFamily}`;
  c.textBaseline = "middle";
  c.textAlign = "center";
  const shown = label.length > 40 ? `${label.slice(0, 39)}…` : label;
  const w = c.measureText(shown).width + 14 * s;
  const h = 22 * s;
  roundRect(c, x(middle) - w / 2, y(middle) - h / 2, w, h, h / 2);
  c.fillStyle = theme.surface;
  c.fill();
  c.lineWidth = Math.max(px, s);
  c.strokeStyle = chosen ? theme.accent : theme.lineStrong;
  c.stroke();
  c.fillStyle = theme.text;
  c.fillText(shown, x(middle), y(middle) + s * 0.5);
  c.textAlign = "left";
  c.textBaseline = "alphabetic";
}
