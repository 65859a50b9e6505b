/** What the views of a trace need of the application, so that they know nothing else of it. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Origin } from './model/fork';
import type { Links } from './model/links';
import type { DocumentInfo, Json, Trace } from './model/trace';

/** A place in a document: lines (1-based, inclusive) of one of the trace's documents. */
export interface Place {
  trace: Trace;
  /** The document's name in the trace. */
  source: string;
  line: number;
  endLine: number;
  /** The notebook's path, from which relative paths lead to files; empty where there is none. */
  notebook: string;
}

/** The room below the cell whose output shows a trace. */
export interface Below {
  /** That cell, as it is now. */
  origin: () => Origin;
  /** Put a code cell there and make it the active one; it is not run. */
  insert: (source: string) => void;
}

/** Where the auditor's passes over the runs of a cell are kept. */
export interface AuditStore {
  /** The passes, by the digest of the trace, as they are kept. */
  read: () => Json;
  /** Keep the passes; null where the notebook is only read. */
  write: ((audits: Record<string, Json>) => void) | null;
  /** Call `act` when somebody has changed them. Returns what ends that. */
  watch: (act: () => void) => () => void;
  /** The name of the notebook's file. */
  notebook: string;
  /** The lines that a document of the trace has now, and whether it is as it was, where that can be told; null where it
   *  cannot be read. */
  linesNow: (info: DocumentInfo) => Promise<{ lines: string[]; unchanged: boolean | null } | null>;
}

export interface Context {
  /** Show the trace that an element is part of in a tab of its own; null where there are no tabs. */
  open: ((node: Element) => void) | null;
  trans: TranslationBundle;
  links: Links;
  /** Open the inspector. */
  inspect: (place: Place) => void;
  /** Write Python code into an element, coloured where the application can do that. */
  highlight: (code: string, into: HTMLElement) => Promise<void>;
  copy: (text: string) => void;
  /** Where a cell can be put for an element of the page; null where none can. */
  below: (node: Element) => Below | null;
  /** Draws a trace beside the one that it is a fork of, where another cell of the same notebook shows that; else null. */
  besideParent: (node: Element, trace: Trace) => (() => HTMLElement) | null;
  /** Where the audit of a trace is kept that an element shows; null: nowhere. */
  audits: (node: Element) => AuditStore | null;
}
