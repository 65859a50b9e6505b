/** Puts a cell below the one whose output an element is part of. */

import type { CodeCellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';

import type { Below } from './context';
import { MIME_TYPE, readTrace } from './model/trace';
import type { Json, Trace } from './model/trace';

/** The room below the cell that holds `node`; null where that is no cell of a notebook, or of one that is only read. */
export function below(notebooks: INotebookTracker | null, node: Element): Below | null {
  const panel = notebooks?.find(each => each.content.node.contains(node));
  const cell = panel?.content.widgets.find(each => each.node.contains(node));
  if (!panel || cell?.model.type !== 'code') {
    return null;
  }
  const { content, context } = panel;
  if (context.model.readOnly || context.contentsModel?.writable === false) {
    return null;
  }
  const model = cell.model as CodeCellModel;
  return {
    origin: () => ({
      source: model.sharedModel.getSource(),
      executionCount: model.executionCount,
      inKernel: (content.model?.getMetadata('kernelspec') as { name?: string } | undefined)?.name === 'rlm',
      isResult: model.outputs
        .toJSON()
        .some(output => output.output_type === 'execute_result' && MIME_TYPE in (output.data as object))
    }),
    insert: source => {
      const at = content.widgets.indexOf(cell) + 1;
      if (at > 0) {
        content.model?.sharedModel.insertCell(at, { cell_type: 'code', metadata: { trusted: true }, source });
        content.activeCellIndex = at;
        content.deselectAll();
        content.mode = 'edit';
      }
    }
  };
}

/** The run that `trace` is a fork of, from an output of the notebook that `node` is part of; null: none shows it. */
export function parentOf(notebooks: INotebookTracker | null, node: Element, trace: Trace): Trace | null {
  const panel = trace.parent === '' ? undefined : notebooks?.find(each => each.content.node.contains(node));
  for (const cell of panel?.content.model?.cells ?? []) {
    const outputs = cell.type === 'code' ? (cell as CodeCellModel).outputs : null;
    for (let at = 0; outputs && at < outputs.length; at++) {
      const data = outputs.get(at).data[MIME_TYPE] as { digest?: Json } | undefined;
      if (data?.digest === trace.parent) {
        return readTrace(data).trace ?? null;
      }
    }
  }
  return null;
}
