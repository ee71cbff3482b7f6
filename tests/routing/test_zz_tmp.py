from collections import Counter

from odoo.tests import tagged

from .test_experiment import ExperimentCase


@tagged("post_install", "-at_install")
class TestZz(ExperimentCase):
    def test_log(self):
        experiment = self._experiment()
        out = []
        for name in ("bare", "running"):
            if name == "running":
                experiment.action_start()
            for size in (10, 60, 60):
                self.env.flush_all()
                self.env.invalidate_all()
                cr = self.env.cr
                log = []
                ex = type(cr).execute

                def execute(c, query, params=None, log_exceptions=True, log=log, ex=ex):
                    log.append(
                        str(getattr(query, "code", query))[:110].replace("\n", " ")
                    )
                    return ex(c, query, params, log_exceptions)

                type(cr).execute = execute
                try:
                    self.env["crm.lead"].create(
                        [{"name": f"Q {n}", "user_id": False} for n in range(size)]
                    )
                    self.env.flush_all()
                finally:
                    type(cr).execute = ex
                out.append(f"== {name} {size} {len(log)}")
                out += [f"{n} {q}" for q, n in Counter(log).most_common(6)]
        with open("/tmp/g18a_zz.log", "w") as f:
            f.write("\n".join(out))
