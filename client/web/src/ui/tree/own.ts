/** The sentence for what one did oneself: where notes went. */
import type { Wall } from "../../model/types";
import type { Ref } from "../../protocol.gen";
import { t } from "../../words";
import { ringLabel } from "../list/group";
import type { Own } from "./news";

/** One sentence, or "" when nothing of it needs saying (a drag within its ring). The cluster says more than the ring. */
export function ownWords(wall: Wall, own: Own): string {
  const cluster = only(own.clusters.values());
  if (own.clusters.size > 0 && cluster !== undefined) {
    const n = own.clusters.size;
    if (cluster && own.made.has(cluster)) return t("tree.own.made", { n });
    if (!cluster) return t("tree.own.freed", { n });
    const title = wall.clusters.get(cluster)?.title || t("list.unnamed");
    return t("tree.own.cluster", { n, title });
  }
  const ring = only(own.rings.values());
  if (own.rings.size === 0 || ring === undefined) return "";
  const n = own.rings.size;
  const label = ringLabel(wall, ring);
  if (!label) return t("tree.own.offTarget", { n });
  return isCore(label) ? t("tree.own.core", { n }) : t("tree.own.ring", { n, ring: label });
}

/** A new board's core is named by the page, and then a sentence can have its article. */
function isCore(label: string): boolean {
  return /^(kern|core)$/i.test(label.trim());
}

/** The one value they all have. */
function only(values: Iterable<Ref>): Ref | undefined {
  const all = new Set(values);
  return all.size === 1 ? [...all][0] : undefined;
}
