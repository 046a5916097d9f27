/** Functions that answer questions, by the name of the question. */
export type Answers<Questions extends Asking<Questions>> = {
  [name in keyof Questions]: (
    params: Questions[name]['params'],
  ) => Questions[name]['result'] | Promise<Questions[name]['result']>;
};

type Asking<Questions> = { [name in keyof Questions]: { params: unknown; result: unknown } };

/** @throws Error if there is no such question, because the greenhub that asks is another version */
export async function answered<Questions extends Asking<Questions>>(
  answers: Answers<Questions>,
  { name, params }: { readonly name: keyof Questions; readonly params: unknown },
): Promise<unknown> {
  if (!Object.hasOwn(answers, name)) throw new Error(`the greenhub of the program does not know "${String(name)}"`);
  return await (answers[name] as (params: unknown) => unknown)(params);
}
