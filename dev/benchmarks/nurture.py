"""Tracks: a step for many leads, an answer that ends one, many that enter, and an idle clock.

Beside what Odoo does itself: its own mails to as many leads; the same answer of leads that
are in no track; a bare INSERT of as many rows.
"""

from itertools import count

from bench_data import insert_leads, owned_leads, team
from bench_report import Way

from odoo import fields

from odoo.addons.crm_lead_management.models.nurture.running import entering

LEADS, MANY = 1000, 10_000
MAIL = """\
From: {sender}
To: sales@example.com
Subject: Re: Your inquiry
Message-Id: <{number}@trading.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Yes, please call me tomorrow.
"""
ANSWER = {"kind": "email", "direction": "in", "is_human": True, "summary": "Yes"}


def run(env, report):
    env.company.message_calendar_id = False
    leads = owned_leads(env, team(env, "Seller", 5), LEADS)
    template = env.ref("crm_lead_management.crm_message_template_welcome")
    template.repeat_days = 0
    track = _track(env, template)
    _a_step(env, report, leads, track, template)
    _answers(env, report, leads, track)
    _entering(env, report, template)
    env["crm.nurture.engine"]._cron_run()
    env.flush_all()
    env.cr.cache.clear()  # as at the beginning of a transaction
    before = env.cr.sql_log_count
    env["crm.nurture.engine"]._cron_run()
    queries = env.cr.sql_log_count - before
    report.note(f"an idle clock: {queries} queries")
    assert queries == 2, queries


def _track(env, template, **values):
    step = {"template_id": template.id, "channel": "email"}
    return env["crm.nurture.track"].create(
        {"name": "Bench", "state": "live", "step_ids": [(0, 0, step)], **values}
    )


def _a_step(env, report, leads, track, template):
    made, refused = env["crm.nurture.engine"]._enroll(leads, track)
    assert len(made) == LEADS, refused
    env.flush_all()
    queue, name = env["crm.message.queue"].with_user(1), "crm.nurture.enrollment"

    def ours():
        passed, after = {name: 0}, 0
        while after is not None:
            after, _count, _left = queue._next_batch({name: queue.env[name]}, passed)
        assert len(track.enrollment_ids.delivery_ids) == LEADS

    mails = template.mail_template_id
    report.compare(
        f"one step for {LEADS} leads",
        {"Odoo's mails": lambda: mails.send_mail_batch(leads.ids), "ours": ours},
        per=LEADS,
        repeat=3,
        limit=1.4,
    )


def _answers(env, report, leads, track):
    numbers = count()

    def mail(_prepared):
        """The lead answers by mail: read, put on the lead, recorded, heard."""
        number = next(numbers)
        lead = leads[number % LEADS]
        text = MAIL.format(number=number, sender=lead.email_from)
        found = env["mail.thread"].message_process("crm.lead", text, thread_id=lead.id)
        assert found == lead.id

    def touch(_prepared):
        """No more than the row of the answer."""
        number = next(numbers)
        values = {
            **ANSWER,
            "lead_id": leads[number % LEADS].id,
            "source": "benchmark",
            "external_ref": str(number),
        }
        assert len(env["crm.touchpoint"]._record([values])) == 1

    def without():
        track.state = "retired"
        _warm()

    def within():
        made, _refused = env["crm.nurture.engine"]._enroll(leads, track)
        assert len(made) == LEADS
        _warm()
        assert len(made.filtered(lambda one: one.state == "active")) == LEADS - 2

    def _warm():
        # What is kept of the configuration is there again.
        mail(None)
        touch(None)
        env.flush_all()

    for title, answer, limit in (
        ("an answer by mail", mail, 1.1),
        ("the row of an answer alone", touch, None),
    ):
        report.compare(
            f"{title}: no track in use, or in one",
            {
                "without": Way(answer, env, without),
                "in a track": Way(answer, env, within),
            },
            calls=20,
            limit=limit,
        )


def _entering(env, report, template):
    ids = insert_leads(env, MANY, referred="bench")
    rule = {"entry": "rule", "domain": "[('referred', '=', 'bench')]"}
    track = _track(env, template, name="Rule", **rule)
    engine, now = env["crm.nurture.engine"].sudo(), fields.Datetime.now()
    row = next(r for r in env["crm.nurture.track"]._rule_rows() if r.id == track.id)
    env.cr.execute("ANALYZE crm_lead")

    def bare():
        env.cr.execute(
            "INSERT INTO crm_nurture_enrollment (lead_id, track_id, state, lane, round,"
            " started_on) SELECT id, %s, 'active', 'main', 1, %s FROM crm_lead"
            " WHERE id = ANY(%s)",
            [track.id, now, ids],
        )

    def ours():
        after, made = 0, 0
        while found := entering.candidates(env, row, after):
            after = found[-1]
            made += len(engine._enter(found, track, now, by_rule=True)[0])
        assert made == MANY, made

    report.compare(
        f"{MANY} leads enter by rule",
        {"bare INSERT": bare, "ours": ours},
        per=MANY,
        repeat=3,
        limit=6,
    )
