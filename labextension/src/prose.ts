/**
 * `%%rlm` cells, and the cells of a kernel named `rlm`, are prose: their option lines stand out, and nothing else of them
 * is coloured, completed or indented as if it were Python. All other cells are left alone.
 */

import type { EditorExtensionRegistry, IEditorLanguage, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { CellModel } from '@jupyterlab/cells';
import { EditorState, Prec, RangeSetBuilder, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { LanguageSupport, StreamLanguage, indentService } from '@codemirror/language';
import { Decoration, EditorView } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';

import { lineKinds } from './model/cells';
import type { LineKind } from './model/cells';

const CLASSES: Record<Exclude<LineKind, 'code'>, Decoration> = {
  option: Decoration.line({ class: 'jp-RlmOptionLine' }),
  prose: Decoration.line({ class: 'jp-RlmProseLine' })
};

interface Marks {
  isProse: boolean;
  lines: DecorationSet;
}

/** The extension for one editor; `inKernel` says whether its notebook's kernel is ours. */
export function proseExtension(inKernel: () => boolean): Extension {
  const field = StateField.define<Marks>({
    create: state => marks(state, inKernel()),
    update: (value, transaction) => (transaction.docChanged ? marks(transaction.state, inKernel()) : value),
    provide: self => EditorView.decorations.from(self, value => value.lines)
  });
  return [
    field,
    // A question is read whole, however narrow the notebook is; code scrolls.
    EditorView.contentAttributes.of(view => (view.state.field(field).isProse ? { class: 'cm-lineWrapping' } : null)),
    // An apostrophe of prose wants no second one, and a colon at its end no indentation.
    Prec.highest(
      EditorState.languageData.of(state => (state.field(field).isProse ? [{ closeBrackets: { brackets: [] } }] : []))
    ),
    Prec.highest(indentService.of((context, _position) => (context.state.field(field).isProse ? 0 : undefined)))
  ];
}

function marks(state: EditorState, inKernel: boolean): Marks {
  const kinds = lineKinds(state.doc.iterLines(), inKernel);
  const builder = new RangeSetBuilder<Decoration>();
  kinds.forEach((kind, index) => {
    if (kind !== 'code') {
      const { from } = state.doc.line(index + 1);
      builder.add(from, from, CLASSES[kind]);
    }
  });
  return { isProse: kinds.length > 0, lines: builder.finish() };
}

/** What is put into the application's registry of editor extensions. */
export function proseFactory(
  registry: typeof EditorExtensionRegistry
): Parameters<EditorExtensionRegistry['addExtension']>[0] {
  return {
    name: 'rlm-kernel:prose',
    factory: options => {
      const shared = (options.model as Partial<CellModel>).sharedModel;
      if (!shared || !('cell_type' in shared) || shared.cell_type !== 'code') {
        return null;
      }
      const kernel = (): string => String(shared.notebook?.metadata?.kernelspec?.name ?? '');
      return registry.createImmutableExtension(proseExtension(() => kernel() === 'rlm'));
    }
  };
}

/**
 * The language of the kernel `rlm`: that of Python, for its cells that are code; the extension above takes the colours
 * back where a cell is a question.
 */
export function proseLanguage(languages: IEditorLanguageRegistry): IEditorLanguage {
  return {
    name: 'rlm',
    displayName: 'RLM',
    mime: 'text/x-rlm',
    load: async () => {
      const python = languages.findByMIME('text/x-python');
      const loaded = python ? await languages.getLanguage(python) : null;
      return (
        loaded?.support ?? new LanguageSupport(StreamLanguage.define({ token: stream => (stream.skipToEnd(), null) }))
      );
    }
  };
}
