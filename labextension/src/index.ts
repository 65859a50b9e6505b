/**
 * The labextension: a renderer for traces with a document inspector, and prose for cells that are questions.
 *
 * It works in JupyterLab 4 and Notebook 7, needs no kernel and no server extension, and fetches nothing but documents
 * through the contents API.
 */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import { TabPanel, type Widget } from '@lumino/widgets';

import type { Context, Place } from './context';
import { below, parentOf } from './forking';
import { auditsOf } from './audits';
import { InspectorPanel } from './inspector/panel';
import { Loader } from './inspector/loading';
import { liveFactory } from './live';
import { Links } from './model/links';
import { oneLine } from './model/text';
import { readTrace } from './model/trace';
import { proseFactory, proseLanguage } from './prose';
import { TraceRenderer, rendererFactory, rendererOf } from './renderer';
import './style/index.css';
import { compareView } from './view/compareView';

const SHOW_TRACE = 'rlm-kernel:show-trace';
const DOMAIN = 'rlm_kernel';
const BELOW = 'jp-RlmTrace-below';
const BESIDE = 'jp-RlmTrace-beside';

// Nested brackets, as in the logo of the kernel; drawn in the colours of the theme.
const icon = new LabIcon({
  name: 'rlm-kernel:icon',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><g class="jp-icon3" style="fill:none" ' +
    'stroke="#616161" stroke-width="1.5"><path d="M5 1.5H1.5v13H5M11 1.5h3.5v13H11M7 5H5.2v6H7M9 5h1.8v6H9"/></g></svg>'
});

const renderer: JupyterFrontEndPlugin<void> = {
  id: 'rlm-kernel:renderer',
  description: 'Shows traces of RLM runs and the documents that they read.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ITranslator, ILabShell, IEditorLanguageRegistry, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    languages: IEditorLanguageRegistry | null,
    notebooks: INotebookTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const links = new Links();
    const loader = new Loader(app.serviceManager.contents);
    let panel: InspectorPanel | null = null;
    const inspect = (place: Place): void => {
      if (!panel || panel.isDisposed) {
        panel = new InspectorPanel(trans, loader);
        panel.title.icon = icon;
        panel.toggleClass('jp-mod-wide', labShell !== null);
        app.shell.add(panel, 'right', { rank: 800, type: 'RLM' });
      }
      showRight(app, labShell, panel);
      void panel.open(place);
    };
    const context: Context = {
      trans,
      links,
      inspect,
      highlight: highlighter(languages),
      copy,
      open: node => openTrace(app, context, labShell, rendererOf(node)),
      below: node => below(notebooks, node),
      besideParent: (node, trace) => {
        const parent = parentOf(notebooks, node, trace);
        return parent && (() => compareView(trans, parent, trace));
      },
      audits: node => auditsOf(notebooks, loader, node)
    };
    registry.addFactory(rendererFactory(context));
    registry.addFactory(liveFactory(context, notebooks));
    addShowTrace(app, context, labShell);
    followLinks(links);
  }
};

const prose: JupyterFrontEndPlugin<void> = {
  id: 'rlm-kernel:prose',
  description: 'Shows cells that are questions as prose.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  optional: [IEditorLanguageRegistry],
  activate: (
    _app: JupyterFrontEnd,
    registry: IEditorExtensionRegistry,
    languages: IEditorLanguageRegistry | null
  ): void => {
    registry.addExtension(proseFactory(EditorExtensionRegistry));
    languages?.addLanguage(proseLanguage(languages));
  }
};

export default [renderer, prose];

function addShowTrace(app: JupyterFrontEnd, context: Context, labShell: ILabShell | null): void {
  const { trans } = context;
  const hit = (): TraceRenderer | undefined =>
    rendererOf((app.contextMenuHitTest(node => node.classList.contains('jp-RlmTrace')) as Element | undefined) ?? null);
  app.commands.addCommand(SHOW_TRACE, {
    label: trans.__('Show trace'),
    caption: trans.__('Show the trace of this answer in a tab of its own'),
    icon,
    isVisible: () => hit() !== undefined,
    execute: () => openTrace(app, context, labShell, hit())
  });
  app.contextMenu.addItem({ command: SHOW_TRACE, selector: '.jp-RlmTrace', rank: 0 });
}

function openTrace(
  app: JupyterFrontEnd,
  context: Context,
  labShell: ILabShell | null,
  from: TraceRenderer | undefined
): void {
  const { trans } = context;
  const trace = from && readTrace(from.data).trace;
  if (!from || !trace) {
    return;
  }
  const content = new TraceRenderer(context, from.notebook);
  content.addClass('jp-mod-full');
  content.render(from.dataWithAudit);
  const widget = new MainAreaWidget({ content });
  widget.title.label = oneLine(trace.question, 30) || trans.__('Trace');
  widget.title.caption = oneLine(trace.question, 200);
  widget.title.icon = icon;
  widget.title.closable = true;
  if (labShell) {
    labShell.add(widget, 'main', { mode: 'tab-after' });
    labShell.activateById(widget.id);
    return;
  }
  // Notebook 7 has one document in its main area, and room for others below; it makes that as high as it must.
  widget.addClass(BELOW);
  app.shell.add(widget, 'down');
  if (widget.parent !== null) {
    app.shell.activateById(widget.id);
    // A tab beside others, which Notebook 7 does not bring in front.
    const tabs = widget.parent.parent;
    if (tabs instanceof TabPanel) {
      tabs.currentWidget = widget;
    }
    return;
  }
  // Notebook 7.2 has no room below, and no way to close what stands at the side: a new trace takes the last one's place.
  widget.removeClass(BELOW);
  widget.addClass(BESIDE);
  for (const last of [...app.shell.widgets('right')].filter(other => other.hasClass(BESIDE))) {
    last.dispose();
  }
  app.shell.add(widget, 'right', { rank: 801 });
  showRight(app, labShell, widget);
}

/** Bring a widget of the right area in front. */
function showRight(app: JupyterFrontEnd, labShell: ILabShell | null, widget: Widget): void {
  // In Notebook 7 the area may have to be opened as well; 7.2 closes it when it is asked for what it shows already.
  if (labShell || !widget.isVisible) {
    (app.shell as { expandRight?: (id?: string) => void }).expandRight?.(widget.id);
  }
  if (labShell || !widget.isVisible) {
    app.shell.activateById(widget.id);
  }
}

function highlighter(languages: IEditorLanguageRegistry | null): Context['highlight'] {
  return async (code, into) => {
    into.textContent = code;
    const python = languages?.findByMIME('text/x-python');
    if (languages && python) {
      const made = document.createElement('span');
      await languages.highlight(code, python, made);
      // What does not say the same again is not shown.
      if (made.textContent === code) {
        into.replaceChildren(made);
      }
    }
  };
}

function copy(text: string): void {
  // Without a secure context there is no clipboard interface; the old way still works.
  if (navigator.clipboard) {
    void navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

/** Follow our links: in the address when the page opens or changes, and in the documents that it shows. */
function followLinks(links: Links): void {
  links.follow(window.location.hash);
  window.addEventListener('hashchange', () => links.follow(window.location.hash));
  document.addEventListener(
    'click',
    event => {
      const anchor = (event.target as Element | null)?.closest?.('a');
      if (anchor?.hash && links.follow(anchor.hash)) {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    true
  );
}
