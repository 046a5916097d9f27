import type { ESLint, Linter, Rule } from 'eslint';
import { requireYieldStar } from './require-yield-star.ts';

/** An ESLint plugin for programs that use greenhub, for flat configurations. */
export interface Plugin extends ESLint.Plugin {
  readonly meta: { readonly name: string };
  readonly rules: { readonly 'require-yield-star': Rule.RuleModule };
  readonly configs: {
    /** The plugin, under the name of `greenhub`, with its rule as an error. */
    readonly recommended: Linter.Config;
  };
}

const recommended: Linter.Config = {
  name: 'greenhub/recommended',
  rules: { 'greenhub/require-yield-star': 'error' },
};

const plugin: Plugin = {
  meta: { name: 'greenhub' },
  rules: { 'require-yield-star': requireYieldStar },
  configs: { recommended },
};

// It contains the plugin that contains it.
recommended.plugins = { greenhub: plugin };

/**
 * @example
 * // eslint.config.js
 * import greenhub from 'greenhub/eslint';
 * export default [greenhub.configs.recommended];
 */
export default plugin;
