/** The words at the head of a page: class, standing, whether to try again, who acts, what it concerns. */
import type { Language } from '../base/language.ts';
import {
  classOf,
  LEGEND,
  type Actor,
  type ClassId,
  type Retry,
  type Scope,
  type Standing,
} from '../replies/catalogue.ts';
import type { Badge } from './document.ts';

export function classBadge(id: ClassId, language: Language): Badge {
  const name = classOf(id)?.name[language] ?? id;
  return { kind: 'class', value: id, text: id === 'none' ? name : `${id} ${name}` };
}

export function standingBadge(standing: Standing, language: Language): Badge {
  return { kind: 'status', value: standing, text: LEGEND.status[standing][language] };
}

export function retryBadge(retry: Retry, language: Language): Badge {
  return { kind: 'retry', value: retry, text: LEGEND.retry[retry][language] };
}

export function actorBadges(actors: readonly Actor[], language: Language): readonly Badge[] {
  return actors.map((actor) => ({ kind: 'actor', value: actor, text: LEGEND.actors[actor][language] }));
}

export function scopeBadge(scope: Scope, language: Language): Badge {
  return { kind: 'scope', value: scope, text: LEGEND.scopes[scope][language] };
}
