/** What a program of the benchmark does for its maker: one function a question, asked over IPC. */
export type Answers = Readonly<Record<string, (argument: never) => unknown>>;

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** The answer, or why there is none. The first message of a program, of id 0, says that it is ready. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** Says that this program is ready, and answers questions until its maker goes away. */
export function answerQuestions(answers: Answers): void {
  process.on('message', (question: Question) => void answer(answers, question));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: 0 } satisfies Answer);
}

async function answer(answers: Answers, { id, name, argument }: Question): Promise<void> {
  try {
    const ask = answers[name];
    if (ask === undefined) throw new Error(`nobody answers ${name}`);
    process.send?.({ id, value: await ask(argument as never) } satisfies Answer);
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.send?.({ id, failure } satisfies Answer);
  }
}
