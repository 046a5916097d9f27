import type { ESLint, Linter, Rule } from 'eslint';
import { requireYieldStar } from './require-yield-star.ts';

/** The type of the ESLint plugin, for flat configurations. */
export interface Plugin extends ESLint.Plugin {
  readonly meta: { readonly name: string };
  readonly rules: { readonly 'require-yield-star': Rule.RuleModule };
  readonly configs: {
    /** Registers the plugin as `greenhub`, with its rule as an error. */
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

// Set afterwards, because the configuration and the plugin refer to each other.
recommended.plugins = { greenhub: plugin };

/**
 * The ESLint plugin for programs that use greenhub.
 *
 * @example
 * // eslint.config.js
 * import greenhub from 'greenhub/eslint';
 * export default [greenhub.configs.recommended];
 */
export default plugin;
