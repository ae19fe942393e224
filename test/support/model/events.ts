/** What may happen. Numbers choose among what there is; `at`: at which instance. */
export type Event =
  | { readonly is: 'vendor fails' | 'vendor is back' | 'all leave' | 'an entry is refused' }
  | { readonly is: 'task begins' | 'task moves' | 'task vanishes' | 'job goes'; readonly of: number }
  | { readonly is: 'task ends'; readonly of: number; readonly well: boolean }
  | { readonly is: 'job is'; readonly of: number; readonly open: boolean }
  | { readonly is: 'vendor takes its time'; readonly ms: number }
  | { readonly is: 'time passes'; readonly ms: number }
  | { readonly is: 'a query reads'; readonly at: number; readonly ms: number }
  | { readonly is: 'client comes'; readonly list: number; readonly slow: boolean; readonly at: number }
  | { readonly is: 'client joins a query'; readonly at: number; readonly to: number }
  | { readonly is: 'client reads' | 'client goes'; readonly of: number }
  | { readonly is: 'client comes with a foreign cursor' | 'one task is watched'; readonly of: number; readonly at: number }
  | { readonly is: 'client comes back'; readonly of: number; readonly stepsLost: number; readonly at: number }
  | { readonly is: 'gateway restarts'; readonly at: number; readonly crashes: boolean }
  | { readonly is: 'gateway is stopped' | 'gateway goes on' | 'store is back'; readonly at: number }
  | { readonly is: 'leader dies' | 'leader is stopped' }
  | { readonly is: 'store is cut off'; readonly at: number; readonly how: 'silent' | 'heard' | 'away' };
