async function double(x: number): Promise<number> {
  return x * 2;
}

const promises: Promise<number>[] = [];
for (let i = 0; i < 1_000; i += 1) promises.push(double(i));
await Promise.all(promises);
