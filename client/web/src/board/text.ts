/** How a text stands on a note; lengths in board units. */
export interface FittedText {
  size: number;
  lines: string[];
  /** the note's drawn height */
  height: number;
  clipped: boolean;
}

export declare function fitText(text: string, w: number, h: number): FittedText;
/** a CSS font of this size */
export declare function noteFont(size: number): string;
export declare function notePadding(w: number): number;
/** where the text stands within a note w wide, h high */
export declare function noteTextBox(w: number, h: number): { x: number; y: number; w: number; h: number };
