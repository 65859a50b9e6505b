/** Puts a cell below the one whose output an element is part of. */

import type { CodeCellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';

import type { Below } from './context';
import { MIME_TYPE } from './model/trace';

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
