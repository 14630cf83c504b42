import { describe, expect, it } from "vitest";
import { type WheelLike, WheelReader } from "./wheel";

const base: WheelLike = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false };
const notch: WheelLike = { ...base, deltaY: 100, wheelDeltaY: -120 };
const swipe: WheelLike = { ...base, deltaX: 3, deltaY: 7, wheelDeltaY: -21 };

describe("wheel", () => {
  it("pans by any wheel, as it comes", () => {
    const reader = new WheelReader();
    expect(reader.read(notch, 0)).toEqual({ pan: { dx: 0, dy: 100 } });
    expect(reader.read(swipe, 1000)).toEqual({ pan: { dx: 3, dy: 7 } });
    expect(reader.read({ ...base, deltaY: 3, deltaMode: 1 }, 2000)).toEqual({ pan: { dx: 0, dy: 120 } });
    expect(reader.read({ ...notch, shiftKey: true }, 3000)).toEqual({ pan: { dx: 100, dy: 0 } });
  });

  it("zooms with ctrl, out when turned towards oneself", () => {
    const act = new WheelReader().read({ ...notch, ctrlKey: true }, 0);
    expect("zoom" in act && act.zoom).toBeLessThan(1);
    const pinch = new WheelReader().read({ ...base, deltaY: -2.5, ctrlKey: true }, 0);
    expect("zoom" in pinch && pinch.zoom).toBeCloseTo(Math.exp(0.025));
  });

  it("lets a mouse's wheel zoom and a trackpad pan when a person asks for it", () => {
    const reader = new WheelReader();
    reader.mode = "zoom";
    expect(reader.read(notch, 0)).toHaveProperty("zoom");
    expect(reader.read(swipe, 1000)).toHaveProperty("pan");
  });

  it("does not change its mind within a gesture, and remembers the kind it saw last", () => {
    const reader = new WheelReader();
    reader.mode = "zoom";
    reader.read(swipe, 0);
    // A fast swipe has steps as large as a notch.
    expect(reader.read({ ...base, deltaY: 120, wheelDeltaY: -120 }, 50)).toHaveProperty("pan");
    expect(reader.read({ ...base, deltaY: 60 }, 1000)).toHaveProperty("pan");
    reader.read(notch, 2000);
    expect(reader.read({ ...base, deltaY: 60 }, 3000)).toHaveProperty("zoom");
  });

  it("takes a trackpad's large step for no notch: its old value is three times the new", () => {
    const reader = new WheelReader();
    reader.mode = "zoom";
    expect(reader.read({ ...base, deltaX: 1, deltaY: 40, wheelDeltaY: -120 }, 0)).toHaveProperty("pan");
  });
});
