-- Airflow keeps its own records in a database of its own, beside the shop's.
create database airflow;
