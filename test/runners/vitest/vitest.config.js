export default { test: { testTimeout: 2_000 } };
