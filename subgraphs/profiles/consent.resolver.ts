/** The root fields of consent and suppression: clients' words in, the new state out. Must not fold or decide. */
import { Arg, Ctx, Directive, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { ConsentChange as ConsentChangeValue } from './consent.commands';
import {
  ConsentRequest,
  ConsentRowInput,
  ImportReport,
  RecordConsentInput,
  RequestConsentInput,
  SuppressionPage,
  SuppressionRowInput,
  WithdrawConsentInput,
} from './consent.entity';
import type { Row } from './consent-import';
import { ConsentChange } from './customer.entity';
import { showConsent } from './customer.resolver';
import { principalOf } from './root.resolver';
import type { RootContext } from './root.resolver';

@Resolver()
export class ConsentResolver {
  @Mutation(() => ConsentChange, {
    description: 'Records what a data subject expressed. For the data subject, privacy officers and support agents.',
  })
  recordConsent(
    @Arg('input', () => RecordConsentInput, { description: 'What was expressed.' }) input: RecordConsentInput,
    @Ctx() context: RootContext,
  ) {
    return context.services.commands.record(principalOf(context), input).then(show);
  }

  @Mutation(() => ConsentChange, {
    description:
      'Takes a consent back, effective on the next read. For the data subject, privacy officers and support agents.',
  })
  withdrawConsent(
    @Arg('input', () => WithdrawConsentInput, { description: 'What is taken back.' }) input: WithdrawConsentInput,
    @Ctx() context: RootContext,
  ) {
    const word = { ...input, action: 'WITHDRAW', method: input.method ?? 'unspecified' } as const;
    return context.services.commands.record(principalOf(context), word).then(show);
  }

  @Mutation(() => ConsentRequest, {
    description:
      'Asks for a double opt-in: PENDING, which is no consent, until the token comes back from the mailbox. For the data subject, privacy officers and support agents.',
  })
  async requestConsent(
    @Arg('input', () => RequestConsentInput, { description: 'What is asked for.' }) input: RequestConsentInput,
    @Ctx() context: RootContext,
  ) {
    const { token, ...change } = await context.services.commands.request(principalOf(context), input);
    return { ...show(change), token };
  }

  @Mutation(() => ImportReport, {
    description:
      'Consent that was collected elsewhere, up to 100 rows; the same row is recorded once. For privacy officers.',
  })
  importConsents(
    @Arg('rows', () => [ConsentRowInput], { description: 'Each is taken or refused by itself.' })
    rows: ConsentRowInput[],
    @Ctx() context: RootContext,
  ) {
    return context.services.imports.import(principalOf(context), rows as unknown as Row[]);
  }

  @Mutation(() => ImportReport, {
    description: 'Addresses that must not be mailed, up to 100 rows, as senders report them. For privacy officers.',
  })
  importSuppressions(
    @Arg('rows', () => [SuppressionRowInput], { description: 'Each is taken or refused by itself.' })
    rows: SuppressionRowInput[],
    @Ctx() context: RootContext,
  ) {
    return context.services.suppressions.import(principalOf(context), rows as unknown as Row[]);
  }

  @Query(() => SuppressionPage, {
    description: 'The suppression list, by keyed hash of the address, for an export. For privacy officers.',
  })
  async suppressions(
    @Ctx() context: RootContext,
    @Arg('first', () => Int, { defaultValue: 100, description: 'Addresses on the page, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'The page before answered it as `next`.' })
    after: string | null,
  ): Promise<SuppressionPage> {
    const page = await context.services.suppressions.list(principalOf(context), { first, after });
    const iso = (time: number) => new Date(time).toISOString();
    const entries = page.entries.map(({ occurredAt, recordedAt, ...entry }) => ({
      ...entry,
      occurredAt: iso(occurredAt),
      recordedAt: iso(recordedAt),
    }));
    return { entries, next: page.next };
  }

  @Directive('@inaccessible')
  @Mutation(() => Boolean, { description: 'The unsubscribe link of a mail. Internal: the token is the authority.' })
  async unsubscribe(@Arg('token', () => String) token: string, @Ctx() context: RootContext): Promise<boolean> {
    principalOf(context);
    await context.services.suppressions.unsubscribe(token);
    return true;
  }

  @Directive('@inaccessible')
  @Mutation(() => Boolean, { description: 'The confirmation link of a mail. Internal: the token is the authority.' })
  async confirmConsent(@Arg('token', () => String) token: string, @Ctx() context: RootContext): Promise<boolean> {
    principalOf(context);
    await context.services.commands.confirm(token);
    return true;
  }
}

function show(change: ConsentChangeValue) {
  return { ...change, consent: showConsent(change.consent) };
}
