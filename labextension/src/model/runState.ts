/** The view model of a run in progress, kept up to date by messages that bring the whole of it or what has changed. */

import type { Json } from './trace';

type Turn = Record<string, Json>;

export class RunState {
  constructor(run: Json) {
    this.data = run;
  }

  /** The view model as it is now. */
  data: Json;

  /**
   * Take a message: `{kind: "whole", run}`, or `{kind: "change", n, head, turns}` with all but the iterations, and the
   * iterations that have changed. Returns whether there is something new to draw. A change that does not follow the
   * last one is passed over: the whole comes again every few seconds.
   */
  take(message: Json): boolean {
    if (!isRecord(message)) {
      return false;
    }
    if (message.kind === 'whole' && isRecord(message.run)) {
      this.data = message.run;
      this._number = typeof message.n === 'number' ? message.n : this._number;
      return true;
    }
    if (message.kind !== 'change' || !isRecord(message.head) || !Array.isArray(message.turns) || !isRecord(this.data)) {
      return false;
    }
    if (this._number !== null && message.n !== this._number + 1) {
      return false;
    }
    this._number = typeof message.n === 'number' ? message.n : null;
    const known = Array.isArray(this.data.iterations) ? (this.data.iterations as Turn[]) : [];
    const turns = new Map(known.map(turn => [turn.index, turn]));
    for (const turn of message.turns as Turn[]) {
      turns.set(turn.index, turn);
    }
    const iterations = [...turns.values()].sort((a, b) => Number(a.index) - Number(b.index));
    this.data = { ...message.head, iterations };
    return true;
  }

  private _number: number | null = null;
}

function isRecord(data: Json): data is Record<string, Json> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
