"""The dashboards' source: grafana.py knows Grafana's form, the other modules are one dashboard each."""
