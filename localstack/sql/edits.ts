/** A piece of a text and what stands in its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface EditedText {
  readonly text: string;
  /** The place in the first text that a place in the second comes from; of a piece that was put in, where that begins. */
  readonly originOf: (at: number) => number;
}

/** @param edits without overlap, in any order */
export function applyEdits(text: string, edits: readonly Edit[]): EditedText {
  const inOrder = edits.toSorted((left, right) => left.start - right.start);
  let edited = '';
  let from = 0;
  const pieces: { readonly at: number; readonly origin: number; readonly isKept: boolean }[] = [];
  for (const edit of inOrder) {
    pieces.push({ at: edited.length, origin: from, isKept: true });
    edited += text.slice(from, edit.start);
    pieces.push({ at: edited.length, origin: edit.start, isKept: false });
    edited += edit.text;
    from = edit.end;
  }
  pieces.push({ at: edited.length, origin: from, isKept: true });
  edited += text.slice(from);
  return {
    text: edited,
    originOf: (at) => {
      const piece = pieces.findLast((candidate) => candidate.at <= at);
      if (piece === undefined) return 0;
      return piece.isKept ? piece.origin + at - piece.at : piece.origin;
    },
  };
}
