/** Keeps the auditor's passes in the metadata of the cell whose output shows the trace, so that a notebook has both. */

import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';

import type { AuditStore } from './context';
import type { Loader } from './inspector/loading';
import { METADATA_KEY } from './model/audit';

/** Where the audits are kept of the trace that `node` shows; null where that is no cell of a notebook. */
export function auditsOf(notebooks: INotebookTracker | null, loader: Loader, node: Element): AuditStore | null {
  const panel = notebooks?.find(each => each.content.node.contains(node));
  const cell = panel?.content.widgets.find(each => each.node.contains(node));
  if (!panel || !cell) {
    return null;
  }
  const { context } = panel;
  const { model } = cell;
  const isFixed = context.model.readOnly || context.contentsModel?.writable === false;
  return {
    read: () => model.getMetadata(METADATA_KEY) as unknown,
    write: isFixed ? null : audits => model.setMetadata(METADATA_KEY, audits),
    watch: act => {
      const onChange = (_: ICellModel, change: { key?: string }): void => {
        if (change.key === undefined || change.key === METADATA_KEY) {
          act();
        }
      };
      model.metadataChanged.connect(onChange);
      return () => model.metadataChanged.disconnect(onChange);
    },
    notebook: context.path.split('/').pop() ?? '',
    linesNow: async info => {
      const loaded = await loader.load(info, context.path);
      return loaded.missing
        ? null
        : { lines: loaded.lines, unchanged: { same: true, different: false, unknown: null }[loaded.hash] };
    }
  };
}
