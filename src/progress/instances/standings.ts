import { z } from 'zod';
import { type Action, actions, type BackendHealth, type BackendProfile, healthStatuses } from '../../domain/index.js';
import type { ManagedBackend } from '../backends/create-backend.js';
import { profileText } from '../backends/profile-text.js';
import type { Channel, Leadership } from './instances.js';
import { codeOf } from './told-reads.js';

const instant = z.number();
const toldStanding = z.object({
  backendKey: z.string(),
  /** Of who leads it. */
  health: z
    .object({
      status: z.enum(healthStatuses),
      since: instant,
      lastAnswerAt: instant.nullable(),
      code: z.string().nullable(),
      message: z.string().nullable(),
      retryAfterMs: z.number().nullable(),
    })
    .optional(),
  /** Of whoever has learnt it. */
  profile: z
    .object({
      version: z.string().nullable(),
      capabilities: z.array(z.string()),
      notice: z.string().nullable(),
      dialect: z.string().optional(),
    })
    .optional(),
  /** Somebody has met something else than what is said: who leads shall look. */
  doubt: z.boolean().optional(),
});
type ToldStanding = z.infer<typeof toldStanding>;

/** That a backend goes on answering is said so often, at most. */
const answersApartMs = 10_000;
/** Doubts come with every call that fails. */
const looksApartMs = 2_000;

const readHealth = (health: NonNullable<ToldStanding['health']>): BackendHealth => ({
  ...health,
  code: health.code === null ? null : codeOf(health.code),
});
/** An instance of another version may know verbs that this one does not. */
const isAction = (name: string): name is Action => actions.some((action) => action === name);
/** In the order in which they were learnt: another one would be a change for those who watch. */
const readProfile = ({ version, capabilities, notice, dialect }: NonNullable<ToldStanding['profile']>): BackendProfile => ({
  ...{ version, notice, capabilities: capabilities.filter(isAction) },
  ...(dialect === undefined ? {} : { dialect }),
});

const facesOf = ({ status, code, message }: BackendHealth): string => JSON.stringify([status, code, message]);

const shareStanding = (backend: ManagedBackend, instances: Leadership, channel: Channel): readonly (() => void)[] => {
  const { key } = backend;
  /** As it was said last, whoever said it. */
  let said = { faces: '', profile: '', answeredAt: 0 };

  const say = (body: Omit<ToldStanding, 'backendKey'>): void => channel.announce('health', { backendKey: key, ...body });

  const sayAll = (): void => {
    const [health, profile] = [backend.health(), backend.profile()];
    said = { faces: facesOf(health), profile: profileText(profile), answeredAt: health.lastAnswerAt ?? 0 };
    say({ health, profile: { ...profile, capabilities: [...profile.capabilities] } });
  };

  const sayNews = (): void => {
    const [health, profile] = [backend.health(), backend.profile()];
    if (instances.leads(key)) {
      const isNews = facesOf(health) !== said.faces || profileText(profile) !== said.profile;
      if (isNews || (health.lastAnswerAt ?? 0) > said.answeredAt + answersApartMs) sayAll();
    } else if (instances.leaderOf(key) !== undefined && profileText(profile) !== said.profile) {
      said = { ...said, profile: profileText(profile) };
      say({ profile: { ...profile, capabilities: [...profile.capabilities] } });
    }
  };

  backend.oversee({
    isElsewhere: () => instances.leaderOf(key) !== undefined,
    found: (own) => {
      sayNews();
      const isDoubtful = instances.leaderOf(key) !== undefined && own.status !== 'UNKNOWN' && facesOf(own) !== facesOf(backend.health());
      if (isDoubtful) say({ doubt: true });
    },
    answered: () => {
      if (instances.leads(key)) sayNews();
    },
  });

  return [
    instances.turned((backendKey, leads) => {
      if (backendKey === key && leads) sayAll();
    }),
    instances.missed(() => {
      if (instances.leads(key)) sayAll();
    }),
    channel.hear('health', (body, from) => {
      if ((body as { readonly backendKey?: unknown } | null)?.backendKey !== key) return;
      const heard = toldStanding.safeParse(body);
      if (!heard.success) return;
      const { health, profile, doubt } = heard.data;
      if (profile) said = { ...said, profile: profileText(readProfile(profile)) };
      backend.hear({
        ...(health && instances.leaderOf(key) === from ? { health: readHealth(health) } : {}),
        ...(profile ? { profile: readProfile(profile) } : {}),
      });
      if (doubt && instances.leads(key)) void backend.learnIfOlder(looksApartMs);
    }),
  ];
};

/** Keeps what is shown of the backends the same at all instances. Returns the way out. */
export const shareStandings = (backends: readonly ManagedBackend[], instances: Leadership, channel: Channel): (() => void) => {
  const waysOut = backends.flatMap((backend) => shareStanding(backend, instances, channel));
  return () => {
    for (const leave of waysOut) leave();
  };
};
