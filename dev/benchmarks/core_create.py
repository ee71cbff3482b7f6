"""How long Odoo takes to create leads, alone and in batches: the scale for the others."""


def run(env, report):
    Lead = env["crm.lead"]

    def one_by_one():
        for number in range(100):
            Lead.create({"name": f"Lead {number}"})

    def batch():
        Lead.create([{"name": f"Lead {number}"} for number in range(100)])

    report.compare(
        "create a lead", {"one by one": one_by_one, "batch of 100": batch}, per=100
    )
