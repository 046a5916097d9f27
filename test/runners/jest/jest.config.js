// greenhub is ES modules, which jest runs as they are: with NODE_OPTIONS=--experimental-vm-modules.
export default { testEnvironment: 'node', transform: {}, testTimeout: 60_000 };
