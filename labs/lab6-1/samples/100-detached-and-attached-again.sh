docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
<ctrl-p><ctrl-q>
docker ps
docker attach test-data
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start test-data
docker attach test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
ls /var/log
<ctrl-p><ctrl-q>
