# For `kata grade --container torch-kata`: Python and the course's packages, and none of its answers.
#
#     docker build --tag torch-kata .
FROM python:3.12-slim
COPY pyproject.toml README.md LICENSE /course/
COPY kata /course/kata
RUN pip install --no-cache-dir /course && pip uninstall --yes torch-kata && rm -r /course
