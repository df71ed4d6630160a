import type { DatabaseGauge } from '../../../platform/database-gauges.ts'

export const notificationGauges: DatabaseGauge[] = [
  {
    name: 'karcis_mails_unsent',
    help: 'Mails that were not handed over: waiting for it, failed so far, or doubtful.',
    labels: ['status'],
    sql: `select s.status, (select count(*) from notification.mails m
            where m.status in ('waiting', 'failed', 'doubtful') and m.status = s.status) as value
          from (values ('waiting'), ('failed'), ('doubtful')) s (status)`,
  },
]
