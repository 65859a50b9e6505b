import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.mjs', '*.js'] } } },
    rules: {
      eqeqeq: 'error',
      curly: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Control characters are looked for on purpose: what is shown is hostile text.
      'no-control-regex': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Interfaces of Jupyter's want methods that give a promise; a method without an await is one of those.
      '@typescript-eslint/require-await': 'off',
      // Signals of Lumino are given the object beside the method.
      '@typescript-eslint/unbound-method': 'off'
    }
  },
  {
    files: ['*.js', '*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { module: 'readonly', require: 'readonly' } }
  },
  prettier
);
