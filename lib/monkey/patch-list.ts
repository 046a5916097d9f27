import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { safeText } from '../net/safe-text.ts';
import { isInstalled, type Patch } from './patches.ts';

/** The patches that a host has, by name, in the order in which they are installed. */
export class PatchList<Name extends string> {
  private readonly patches: Readonly<Record<Name, Patch>>;

  constructor(patches: Readonly<Record<Name, Patch>>) {
    this.patches = patches;
  }

  get names(): Name[] {
    return Object.keys(this.patches) as Name[];
  }

  /**
   * Installs the patches, except those that are false in the options.
   *
   * @throws TypeError if a name is not the name of a patch
   */
  install(options: { [name in Name]?: boolean }): void {
    const known = Object.fromEntries(this.names.map((name) => [name, 'boolean']));
    checkedOptions(options, known as OptionNames<typeof options>, 'patchAll()');
    for (const name of this.names) if (options[name] !== false) this.patches[name]();
  }

  /** @throws TypeError if there is no such patch */
  isInstalled(name: Name): boolean {
    this.checkName(name);
    return isInstalled(this.patches[name]);
  }

  /** @throws TypeError if there is no such patch */
  checkName(name: string): void {
    if (Object.hasOwn(this.patches, name)) return;
    throw new TypeError(`there is no patch called ${safeText(name)}: use one of ${this.names.join(', ')}`);
  }
}
