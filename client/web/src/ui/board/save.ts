/** The words, icon and tone of where one's work is. */
import type { SaveState, Session } from "../../model/types";
import type { Code } from "../../protocol.gen";
import { t } from "../lang.svelte";
import type { IconName } from "../parts/icons";
import { codeOf } from "./refused";

export interface Said {
  icon: IconName;
  tone: "ok" | "plain" | "warn" | "danger";
  /** beside the title */
  short: string;
  /** in full, in the banner */
  full: string;
  code?: string;
}

export function saveWords(save: SaveState): Said {
  const n = save.waiting;
  const said = (icon: IconName, tone: Said["tone"], short: string, full = short): Said => ({ icon, tone, short, full });
  switch (save.kind) {
    case "saved":
      return said("check", "ok", t("wall.save.saved"));
    case "saving":
      return said("refresh-cw", "plain", t("wall.save.saving"));
    case "connecting":
      return said("refresh-cw", "plain", t("wall.save.connecting"));
    case "slow":
      return said("refresh-cw", "warn", t("wall.save.slowShort", { n }), t("wall.save.slow", { n }));
    case "offline":
      return said(
        "cloud-off",
        "warn",
        n > 0 ? t("wall.save.offlineCount", { n }) : t("wall.save.offlineShort"),
        t("wall.save.offline"),
      );
    case "reconnected":
      return said("refresh-cw", "warn", t("wall.save.reconnected", { n }));
    case "watching":
      return said("eye", "plain", t("wall.save.watching"), t("wall.watching"));
    case "closed":
      return { ...said("triangle-alert", "danger", t("wall.save.closed")), ...closedCode(save.code) };
  }
}

function closedCode(code: Code | undefined): { code?: string } {
  return code ? { code: codeOf(code) } : {};
}

/** Waits until all of one's work is saved or can never be, but no longer than `most`, ms. */
export async function settled(session: Pick<Session, "save" | "subscribe">, most: number): Promise<void> {
  await new Promise<void>((done) => {
    const look = () => {
      const { kind, waiting } = session.save;
      if ((waiting > 0 || kind === "saving") && kind !== "closed") return;
      stop();
      clearTimeout(timer);
      done();
    };
    const stop = session.subscribe(look);
    const timer = setTimeout(() => {
      stop();
      done();
    }, most);
    look();
  });
}
