/** What a device does to a canvas: its size, what its owner asks for, and fonts that come later. */
import type { Unsubscribe } from "../model/types";

const asks = ["(forced-colors: active)", "(prefers-reduced-motion: reduce)", "(resolution: 1dppx)"];

export interface DeviceTold {
  resized(): void;
  /** other colours, motion or density */
  asked(): void;
  fonts(): void;
}

export function watchDevice(canvas: HTMLCanvasElement, told: DeviceTold): Unsubscribe {
  const stop = new AbortController();
  const { signal } = stop;
  const sizes = new ResizeObserver(() => told.resized());
  sizes.observe(canvas);
  for (const query of asks) matchMedia(query).addEventListener("change", () => told.asked(), { signal });
  document.fonts.addEventListener("loadingdone", () => told.fonts(), { signal });
  return () => {
    sizes.disconnect();
    stop.abort();
  };
}
