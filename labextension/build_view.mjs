/* global console, process */
/** Builds the view without JupyterLab, one file for the widget and for the HTML export, into the Python package. */

import { fileURLToPath } from 'node:url';
import { rspack } from '@rspack/core';
import shared from './rspack.config.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const compiler = rspack({
  mode: 'production',
  context: folder,
  entry: './src/standalone.ts',
  target: ['web', 'es2022'],
  output: {
    path: fileURLToPath(new URL('../rlm_kernel/render/static', import.meta.url)),
    filename: 'view.js',
    module: true,
    library: { type: 'module' }
  },
  ...shared,
  module: { rules: [...shared.module.rules, { test: /\.css$/, type: 'asset/source' }] },
  performance: { maxAssetSize: 150_000, hints: 'error' }
});
compiler.run((error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString('errors-only'));
    process.exitCode = 1;
  }
  compiler.close(() => {});
});
